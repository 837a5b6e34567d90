"""CRC-32 in base 62, as GitHub introduced it: the last characters of a token check the ones before.

Source: https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

from zlib import crc32

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def checksum(text: str, width: int = 6) -> str:
    """The CRC-32 of `text` in base 62, padded with zeros to `width` characters."""
    number = crc32(text.encode())
    digits = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(width, "0")


def ends_with_checksum(text: str, width: int = 6) -> bool:
    """Whether the last `width` characters of `text` are the checksum of the others."""
    return checksum(text[:-width], width) == text[-width:]
