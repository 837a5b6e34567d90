"""An RSA key that is too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import pgp_keys, spelled_keys
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.keys import ssh
from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.keys.spelled_keys import SpelledKey
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_ENOUGH = 2048  # NIST SP 800-131A rev. 2, table 5: fewer bits are disallowed


def detect(subject: Subject) -> Iterator[Finding]:
    """Find RSA keys below 2,048 bits, of SSH and of PGP."""
    for spelled, bits in _rsa_keys(subject):
        if 0 < bits < _ENOUGH:
            yield AUDIT.finding(
                spelled.place, f"{spelled.label} is an RSA key of {bits} bits", spelled.recipient.key
            )


def _rsa_keys(subject: Subject) -> Iterator[tuple[SpelledKey, int]]:
    for spelled in spelled_keys(subject):
        if spelled.recipient.kind is KeyKind.SSH_RSA:
            yield spelled, _length(spelled)
    for spelled, key in pgp_keys(subject):
        if key is not None:
            yield spelled, key.rsa_bits


def _length(spelled: SpelledKey) -> int:
    """Bits of the modulus, the third field of an SSH key (RFC 4253, 6.6); 0 where it is damaged."""
    try:
        fields = ssh.wire_fields(ssh.wire_bytes(spelled.recipient))
    except SopskitError:
        return 0
    return int.from_bytes(fields[2], "big").bit_length() if len(fields) == 3 else 0


AUDIT = Audit(
    id="weak-rsa-key",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="an RSA key has fewer than 2,048 bits",
    hint="such keys can be factored: make a new one, then sopskit replace-key NAME --key NEW",
    detect=detect,
)
