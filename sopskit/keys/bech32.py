"""Bech32 as age uses it: BIP 173 without its limit of 90 characters.

Source: https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki and
https://c2sp.org/age ("X25519 recipient stanza", which names the checksum and drops the length limit).
"""

from __future__ import annotations

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUE_OF = {character: value for value, character in enumerate(_CHARSET)}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH = 6


class Bech32Error(ValueError):
    """Not Bech32; the message says what is wrong and never repeats the text, which may be a secret."""


def encode(hrp: str, data: bytes) -> str:
    """Encode `data` under the human-readable part `hrp` (lower case), giving lower case."""
    values = _regroup(data, 8, 5, pad=True)
    polymod = _polymod(_expand(hrp) + values + [0] * _CHECKSUM_LENGTH) ^ 1
    checksum = [(polymod >> 5 * (_CHECKSUM_LENGTH - 1 - i)) & 31 for i in range(_CHECKSUM_LENGTH)]
    return hrp + "1" + "".join(_CHARSET[value] for value in values + checksum)


def decode(text: str) -> tuple[str, bytes]:
    """Decode Bech32 into (human-readable part in lower case, data).

    Raises:
        Bech32Error: mixed case, a character outside the alphabet, a bad checksum or bad padding.
    """
    if text.lower() != text and text.upper() != text:
        raise Bech32Error("upper and lower case are mixed")
    hrp, separator, body = text.lower().rpartition("1")
    if not separator or not hrp or len(body) < _CHECKSUM_LENGTH:
        raise Bech32Error("it is too short")
    if not all(33 <= ord(character) <= 126 for character in hrp):
        raise Bech32Error("its prefix has a character that Bech32 does not use")
    if not _VALUE_OF.keys() >= set(body):
        raise Bech32Error("it has a character that Bech32 does not use")
    values = [_VALUE_OF[character] for character in body]
    if _polymod(_expand(hrp) + values) != 1:
        raise Bech32Error("its checksum does not match, so at least one character is wrong")
    return hrp, bytes(_regroup(values[:-_CHECKSUM_LENGTH], 5, 8, pad=False))


def _expand(hrp: str) -> list[int]:
    codes = [ord(character) for character in hrp]
    return [code >> 5 for code in codes] + [0] + [code & 31 for code in codes]


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                checksum ^= generator
    return checksum


def _regroup(data: bytes | list[int], source: int, target: int, *, pad: bool) -> list[int]:
    """Regroup a sequence of `source`-bit numbers as `target`-bit numbers."""
    accumulator = bits = 0
    result: list[int] = []
    for value in data:
        accumulator = (accumulator << source | value) & 0xFFF
        bits += source
        while bits >= target:
            bits -= target
            result.append(accumulator >> bits & (1 << target) - 1)
    if pad and bits:
        result.append(accumulator << target - bits & (1 << target) - 1)
    elif not pad and (bits >= source or accumulator & (1 << bits) - 1):
        raise Bech32Error("its last characters are not padding")
    return result
