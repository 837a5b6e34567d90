"""Private keys in a text: found by their first words, and never repeated."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.keys import bech32

if TYPE_CHECKING:
    from collections.abc import Iterator


class PrivateKey(NamedTuple):
    """Where a private key stands in a text.

    Attributes:
        what: which kind, with its article.
        start: of the key, or of the line that begins it.
        end: behind it, on its first line.
    """

    what: str
    start: int
    end: int


# What age-keygen, ssh-keygen, openssl, gpg and PuTTY write. A key is looked for, not its mention.
_AGE = re.compile(r"(?<![0-9A-Z])AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58}(?![0-9A-Z])", re.IGNORECASE)
_BLOCK = re.compile(
    r"-----BEGIN (?P<kind>(?:OPENSSH|RSA|EC|DSA|ENCRYPTED|PGP)? ?PRIVATE KEY(?: BLOCK)?)-----"
    r"(?=[\s\"'>|\\nr+#]*(?:[A-Za-z0-9+/=]{40}|Proc-Type:|Version:|Comment:))"
)
_PUTTY = re.compile(r"^PuTTY-User-Key-File-[0-9]+:", re.MULTILINE)

_KINDS = {
    "OPENSSH PRIVATE KEY": "an SSH private key",
    "RSA PRIVATE KEY": "an RSA private key",
    "PGP PRIVATE KEY BLOCK": "a PGP private key",
}

#: One of these stands in every text that holds a private key.
MARKS = (b"SECRET-KEY-", b"secret-key-", b"PRIVATE KEY", b"PuTTY-User-Key-File-")


def in_text(text: str) -> Iterator[PrivateKey]:
    """The private keys in a text: of age, SSH (OpenSSH, PEM, PuTTY) and PGP."""
    for found in _AGE.finditer(text):
        if _is_sound(found.group()):
            yield PrivateKey("an age private key", found.start(), found.end())
    for found in _BLOCK.finditer(text):
        yield PrivateKey(_KINDS.get(found["kind"], "a private key"), found.start(), found.end())
    for found in _PUTTY.finditer(text):
        yield PrivateKey("an SSH private key", found.start(), found.end())


def _is_sound(text: str) -> bool:
    """Whether the checksum holds: a placeholder of X's is no key."""
    try:
        bech32.decode(text)
    except bech32.Bech32Error:
        return False
    return True


def may_be_in(content: bytes) -> bool:
    """Whether a content is worth a look: quick, and true for every one that holds a private key."""
    return any(mark in content for mark in MARKS)
