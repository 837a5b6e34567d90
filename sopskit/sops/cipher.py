"""Encrypted values, `ENC[AES256_GCM,data:...,iv:...,tag:...,type:...]`, and the check of a data key.

Source: getsops/sops, aes/cipher.go. AES-256 in GCM with a nonce of 32 bytes (any length is read) and a
tag of 16; the additional data is the value's path, or, for the MAC, the time of the last change.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from sopskit.sops.metadata import Metadata

_BASE64 = "([A-Za-z0-9+/]+={0,2})"
_ENCRYPTED = re.compile(
    rf"ENC\[AES256_GCM,data:{_BASE64},iv:{_BASE64},tag:{_BASE64},type:(str|int|float|bool|time|bytes|comment)\]"
)

# Go's time.RFC3339: a fraction of a second is read, and left out when the time is written.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:\d\d)")


def decrypt_value(enc: str, data_key: bytes, aad: str) -> tuple[bytes, str]:
    """Decrypt one value.

    Args:
        enc: the whole text `ENC[AES256_GCM,...]`.
        data_key: 32 bytes.
        aad: additional data, the path as `key:key:`.

    Returns:
        The plaintext and its type: str, int, float, bool, time, bytes or comment.

    Raises:
        FailedError: the text is no encrypted value, or key and additional data do not open it.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    match = _ENCRYPTED.fullmatch(enc)
    if match is None:
        raise FailedError("this is no value that SOPS encrypted")
    data, nonce, tag, kind = match.groups()
    try:
        sealed = base64.b64decode(data) + base64.b64decode(tag)
        plaintext = AESGCM(data_key).decrypt(base64.b64decode(nonce), sealed, aad.encode())
    except (binascii.Error, InvalidTag, ValueError):
        raise FailedError(
            "a value does not open with this data key", hint="it was moved, renamed or changed by hand"
        ) from None
    return plaintext, kind


def verify_data_key(metadata: Metadata, data_key: bytes) -> bool:
    """Whether `data_key` opens the file's `mac`, which every SOPS file has."""
    try:
        decrypt_value(metadata.mac, data_key, rfc3339(metadata.lastmodified))
    except FailedError:
        return False
    return True


def rfc3339(time: str) -> str:
    """The time as Go writes it after reading it, which is what sops seals the MAC with.

    A text that is no such time is returned as it is.
    """
    match = _TIME.fullmatch(time)
    if match is None:
        return time
    seconds, zone = match.groups()
    return seconds + ("Z" if zone in ("+00:00", "-00:00") else zone)
