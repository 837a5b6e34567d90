"""A PGP key named by the last 16 digits of its fingerprint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import pgp_keys, spelled_keys
from sopskit.findings import Confidence, Severity
from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_KEY_ID = 16


def detect(subject: Subject) -> Iterator[Finding]:
    """Find 64-bit key ids."""
    in_keyring = {spelled.place: key for spelled, key in pgp_keys(subject) if key is not None}
    for spelled in spelled_keys(subject):
        key_id = spelled.recipient.key
        if spelled.recipient.kind is not KeyKind.PGP or len(key_id.rstrip("!")) != _KEY_ID:
            continue
        key = in_keyring.get(spelled.place)
        yield AUDIT.finding(
            spelled.place,
            f"{spelled.label} is a 64-bit key id, and other keys can be made that have the same",
            key_id,
            hint=None if key is None else f"name it by its fingerprint, {key.fingerprint}; then sopskit sync",
        )


AUDIT = Audit(
    id="short-pgp-key-id",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a PGP key is named by a 64-bit id, not by its fingerprint",
    hint="gpg --fingerprint ID prints the 40 digits to put in its place; then sopskit sync",
    detect=detect,
)
