"""A PGP key that is expired."""

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
    """Find keys that this machine's GPG lists as expired."""
    for spelled, key in pgp_keys(subject):
        if key is not None and key.expired:
            yield AUDIT.finding(spelled.place, f"the PGP key {spelled.label} is expired", key.fingerprint)


AUDIT = Audit(
    id="expired-pgp-key",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a PGP key is expired",
    hint="nothing can be encrypted to it: ask its owner for a renewed one, then gpg --import FILE",
    detect=detect,
)
