"""A PGP key that is not in this machine's keyring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import pgp_keys
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys that GPG does not have; a keyring that is empty says nothing."""
    for spelled, key in pgp_keys(subject):
        if key is None:
            name = spelled.recipient.key
            yield AUDIT.finding(
                spelled.place,
                f"the PGP key {spelled.label} is not in your keyring",
                name,
                hint=f"to encrypt to it you need it: gpg --recv-keys {shown(name)}, or gpg --import FILE",
            )


AUDIT = Audit(
    id="unknown-pgp-key",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    title="a PGP key is not in the keyring of this machine",
    hint="to encrypt to it you need it: gpg --import FILE",
    detect=detect,
)
