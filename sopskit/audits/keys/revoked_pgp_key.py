"""A PGP key that is revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import pgp_keys
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys that this machine's GPG lists as revoked."""
    for spelled, key in pgp_keys(subject):
        if key is not None and key.revoked:
            yield AUDIT.finding(spelled.place, f"the PGP key {spelled.label} is revoked", key.fingerprint)


AUDIT = Audit(
    id="revoked-pgp-key",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a PGP key is revoked",
    hint="its owner has withdrawn it, perhaps since someone else has it: sopskit replace-key NAME --key NEW",
    detect=detect,
)
