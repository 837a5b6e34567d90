"""A PGP key named by one of its subkeys."""

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
    """Find ids and fingerprints of subkeys; one with a final `!` is meant to be one."""
    for spelled, key in pgp_keys(subject):
        name = spelled.recipient.key
        if key is None or name.endswith("!") or key.fingerprint.endswith(name):
            continue
        yield AUDIT.finding(
            spelled.place,
            f"{spelled.label} is a subkey of the PGP key {key.fingerprint}",
            name,
            hint=f"name the key itself: {key.fingerprint}; then sopskit sync",
        )


AUDIT = Audit(
    id="pgp-subkey",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a PGP key is named by one of its subkeys",
    hint="name the key by the fingerprint of its primary key",
    detect=detect,
)
