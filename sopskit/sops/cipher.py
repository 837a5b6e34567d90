"""Encrypted values, `ENC[AES256_GCM,data:...,iv:...,tag:...,type:...]`, and the check of a data key.

Source: getsops/sops, aes/cipher.go. AES-256 in GCM with a nonce of 32 bytes (any length is read) and a
tag of 16; the additional data is the value's path, or, for the MAC, the time of the last change.
"""

from __future__ import annotations

import os
import re
from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops import values

if TYPE_CHECKING:
    from collections import deque

    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

_FORM = r"ENC\[AES256_GCM,data:(%s),iv:(%s),tag:(%s),type:(str|int|float|bool|time|bytes|comment)\]"
_ENCRYPTED = _FORM % (("[A-Za-z0-9+/]+={0,2}",) * 3)
# Go's decoder ignores the bits behind the last byte, so that several texts would mean one value. In the one
# that counts, the character before the padding has none of these bits.
_CANONICAL = re.compile(_FORM % (("[A-Za-z0-9+/]+(?:[AQgw]==|[AEIMQUYcgkosw048]=)?",) * 3))
_Place = tuple[str, str, bytes]  # type, additional data, plaintext
_NONCE_SIZE = 32
_TAG_SIZE = 16


class Cipher:
    """Encrypts and decrypts the values of one file.

    What it decrypts it remembers the nonce of, so that the same value at the same path is encrypted to
    the same text again: a file in which one value was changed differs in one line.

    Args:
        data_key: 32 bytes.
    """

    def __init__(self, data_key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._gcm = AESGCM(data_key)
        # A nonce never serves another plaintext: it is found under the plaintext and the additional data.
        self._nonces: dict[_Place, deque[bytes]] = {}
        self._seen: list[tuple[_Place, bytes]] = []  # those that are still to be put there

    def copy(self) -> Cipher:
        """A cipher that remembers the same; a nonce that it uses up stays known to this one."""
        copied = self.without_memory()
        copied._nonces = {place: known.copy() for place, known in self._nonces.items()}
        copied._seen = self._seen.copy()
        return copied

    def rekeyed(self, data_key: bytes) -> Cipher:
        """A cipher of another data key that remembers the same, and takes it over from this one."""
        other = Cipher(data_key)
        other._nonces, other._seen = self._nonces, self._seen
        return other

    def without_memory(self) -> Cipher:
        """A cipher of the same data key that remembers no nonce."""
        fresh = Cipher.__new__(Cipher)
        fresh._gcm = self._gcm
        fresh._nonces = {}
        fresh._seen = []
        return fresh

    def decrypt(self, enc: str, aad: str) -> Value:
        """Decrypt one value.

        Args:
            enc: the whole text `ENC[AES256_GCM,...]`; an empty text is an empty string, never encrypted.
            aad: additional data, the path as `key:key:`.

        Raises:
            FailedError: it is no encrypted value, or neither key and additional data nor its type open it.
        """
        if not enc:
            return ""
        match = _CANONICAL.fullmatch(enc)
        if match is None:
            raise _damaged() if is_encrypted(enc) else _not_encrypted()
        data, nonce, tag, kind = match.groups()
        if (len(data) | len(nonce) | len(tag)) % 4:
            raise _damaged()
        nonce = a2b_base64(nonce)
        plaintext = self._open(nonce, a2b_base64(data) + a2b_base64(tag), aad)
        value = values.from_bytes(plaintext, kind)
        self.remember(plaintext, kind, aad, nonce)
        return value

    def encrypt(self, value: Value, aad: str, *, is_comment: bool = False) -> str:
        """Encrypt one value; an empty text stays one.

        Raises:
            FailedError: a value that sops has no bytes for.
        """
        plaintext = values.to_bytes(value)
        if not plaintext:
            return ""
        kind = "comment" if is_comment else values.type_of(value)
        nonce = self._known_nonce((kind, aad, plaintext)) or os.urandom(_NONCE_SIZE)
        sealed = self._gcm.encrypt(nonce, plaintext, aad.encode("utf-8", "surrogateescape"))
        return _text(sealed[:-_TAG_SIZE], nonce, sealed[-_TAG_SIZE:], kind)

    def remember(self, plaintext: bytes, kind: str, aad: str, nonce: bytes) -> None:
        """Have the next encryption of this plaintext at this path use its nonce again, once."""
        if len(nonce) == _NONCE_SIZE:
            self._seen.append(((kind, aad, plaintext), nonce))

    def _known_nonce(self, place: _Place) -> bytes | None:
        if self._seen:
            from collections import deque

            for seen, nonce in self._seen:
                self._nonces.setdefault(seen, deque()).append(nonce)
            self._seen.clear()
        known = self._nonces.get(place)
        return known.popleft() if known else None

    def _open(self, nonce: bytes, sealed: bytes, aad: str) -> bytes:
        try:
            return self._gcm.decrypt(nonce, sealed, aad.encode("utf-8", "surrogateescape"))
        except _not_opened():
            raise FailedError(
                "a value does not open with this data key", hint="it was moved, renamed or changed by hand"
            ) from None


def is_encrypted(text: str) -> bool:
    """Whether a text looks like an encrypted value from its first to its last character."""
    return (_CANONICAL.fullmatch(text) or re.fullmatch(_ENCRYPTED, text)) is not None


def verify_data_key(metadata: Metadata, data_key: bytes) -> bool:
    """Whether `data_key` opens the file's `mac`, which every SOPS file has."""
    try:
        Cipher(data_key).decrypt(metadata.mac, rfc3339(metadata.lastmodified))
    except (FailedError, ValueError):  # a key of another length is no data key
        return False
    return True


def rfc3339(time: str) -> str:
    """The time as Go writes it after reading it, which is what sops seals the MAC with.

    A text that is no such time is returned as it is.
    """
    read = values.go_time(time)
    return time if read is None else re.sub(r"\.\d+", "", read.text)


def _text(data: bytes, nonce: bytes, tag: bytes, kind: str) -> str:
    encoded = tuple([b2a_base64(part, newline=False) for part in (data, nonce, tag)])
    return (b"ENC[AES256_GCM,data:%b,iv:%b,tag:%b,type:" % encoded).decode() + kind + "]"


def _not_opened() -> tuple[type[Exception], ...]:
    """What AESGCM raises; imported where it is, it would cost as much time as decrypting."""
    from cryptography.exceptions import InvalidTag

    return InvalidTag, ValueError


def _damaged() -> FailedError:
    return FailedError("a value's base64 is damaged", hint="it was changed by hand: restore it")


def _not_encrypted() -> FailedError:
    return FailedError(
        "a value is not encrypted, or not as SOPS does", hint="was it written or changed by hand?"
    )
