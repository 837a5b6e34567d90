"""Encrypted values, `ENC[AES256_GCM,data:...,iv:...,tag:...,type:...]`, and the check of a data key.

Source: getsops/sops, aes/cipher.go. AES-256 in GCM with a nonce of 32 bytes (any length is read) and a
tag of 16; the additional data is the value's path, or, for the MAC, the time of the last change.
"""

from __future__ import annotations

import binascii
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

_BASE64 = "([A-Za-z0-9+/]+={0,2})"
_ENCRYPTED = re.compile(
    rf"ENC\[AES256_GCM,data:{_BASE64},iv:{_BASE64},tag:{_BASE64},type:(str|int|float|bool|time|bytes|comment)\]"
)
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
        self._nonces: dict[tuple[str, str, bytes], deque[bytes]] = {}

    def copy(self) -> Cipher:
        """A cipher that remembers the same; a nonce that it uses up stays known to this one."""
        copied = self.without_memory()
        copied._nonces = {place: known.copy() for place, known in self._nonces.items()}
        return copied

    def without_memory(self) -> Cipher:
        """A cipher of the same data key that remembers no nonce."""
        fresh = Cipher.__new__(Cipher)
        fresh._gcm = self._gcm
        fresh._nonces = {}
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
        match = _ENCRYPTED.fullmatch(enc)
        if match is None:
            raise FailedError(
                "a value is not encrypted, or not as SOPS does", hint="was it written or changed by hand?"
            )
        data, nonce, tag = (_canonical(part) for part in match.group(1, 2, 3))
        plaintext = self._open(nonce, data + tag, aad)
        kind = match[4]
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
        known = self._nonces.get((kind, aad, plaintext))
        nonce = known.popleft() if known else os.urandom(_NONCE_SIZE)
        sealed = self._gcm.encrypt(nonce, plaintext, aad.encode("utf-8", "surrogateescape"))
        data, tag = sealed[:-_TAG_SIZE], sealed[-_TAG_SIZE:]
        return f"ENC[AES256_GCM,data:{_base64(data)},iv:{_base64(nonce)},tag:{_base64(tag)},type:{kind}]"

    def remember(self, plaintext: bytes, kind: str, aad: str, nonce: bytes) -> None:
        """Have the next encryption of this plaintext at this path use its nonce again, once."""
        if len(nonce) == _NONCE_SIZE:
            from collections import deque

            self._nonces.setdefault((kind, aad, plaintext), deque()).append(nonce)

    def _open(self, nonce: bytes, sealed: bytes, aad: str) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._gcm.decrypt(nonce, sealed, aad.encode("utf-8", "surrogateescape"))
        except (InvalidTag, ValueError):
            raise FailedError(
                "a value does not open with this data key", hint="it was moved, renamed or changed by hand"
            ) from None


def is_encrypted(text: str) -> bool:
    """Whether a text looks like an encrypted value from its first to its last character."""
    return _ENCRYPTED.fullmatch(text) is not None


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


def _base64(data: bytes) -> str:
    return b2a_base64(data, newline=False).decode()


def _canonical(text: str) -> bytes:
    """Decoded base64; a text that the same bytes would not be encoded to is refused.

    Go's decoder ignores the bits behind the last byte, so that several texts would mean one value.
    """
    try:
        data = a2b_base64(text)
    except binascii.Error:
        data = b""
    if _base64(data) != text:
        raise FailedError("a value's base64 is damaged", hint="it was changed by hand: restore it")
    return data
