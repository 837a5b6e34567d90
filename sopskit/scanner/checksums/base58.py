"""Base58Check: a number in base 58 whose last four bytes are the double SHA-256 of the others.

Source: https://en.bitcoin.it/wiki/Base58Check_encoding
"""

from __future__ import annotations

import hashlib

BITCOIN = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"

_CHECK_LENGTH = 4


def payload(text: str, alphabet: str = BITCOIN) -> bytes | None:
    """The bytes that `text` holds before its checksum; None where the checksum does not match."""
    number = 0
    for character in text:
        digit = alphabet.find(character)
        if digit < 0:
            return None
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    raw = bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
    body, check = raw[:-_CHECK_LENGTH], raw[-_CHECK_LENGTH:]
    return body if hashlib.sha256(hashlib.sha256(body).digest()).digest()[:_CHECK_LENGTH] == check else None
