"""Shamir's secret sharing as sops does it: over GF(2^8), a polynomial for each byte of the secret.

A share is the polynomials' values, one byte each, then one byte x. sops numbers its shares from 1; before
3.13 it chose x at random, so x is always read from the share.

Source: getsops/sops, shamir/shamir.go. The field is that of AES, modulo x^8 + x^4 + x^3 + x + 1.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULUS = 0x11B
_MAX_PARTS = 255


def split(secret: bytes, parts: int, threshold: int) -> list[bytes]:
    """Split `secret` into `parts` shares, any `threshold` of which give it back.

    Returns:
        The shares with x = 1, 2, ... `parts`, each one byte longer than the secret.

    Raises:
        FailedError: not 2 <= threshold <= parts <= 255, or the secret is empty.
    """
    if not 2 <= threshold <= parts:
        raise FailedError(
            f"a threshold of {threshold} does not fit {parts} key groups",
            hint="the threshold is at least 2 and at most the number of key groups",
        )
    if parts > _MAX_PARTS:
        raise FailedError(f"{parts} key groups are too many", hint="SOPS makes at most 255 shares")
    if not secret:
        raise FailedError("an empty data key cannot be shared")
    coefficients = [secret, *(os.urandom(len(secret)) for _ in range(threshold - 1))]
    return [_evaluate(coefficients, x) + bytes([x]) for x in range(1, parts + 1)]


def combine(shares: Sequence[bytes]) -> bytes:
    """The secret that `shares` were split from, if they are as many as the threshold.

    With fewer shares, or with one that is not of this secret, the result is another text: it is the
    caller who checks the data key.

    Raises:
        FailedError: fewer than 2 shares, shares of different lengths, or two with one x, or x = 0.
    """
    return _interpolate(shares, 0)


def share_at(shares: Sequence[bytes], x: int) -> bytes:
    """The share for the place `x` (1-255) on the polynomials through `shares`.

    Raises:
        FailedError: see `combine`; also where x is not a byte from 1 to 255.
    """
    if not 1 <= x <= _MAX_PARTS:
        raise FailedError(f"a share stands at a place from 1 to 255, not {x}")
    return _interpolate(shares, x) + bytes([x])


def _interpolate(shares: Sequence[bytes], x: int) -> bytes:
    """Values at `x` of the polynomials through `shares`, by Lagrange's formula."""
    places = _places(shares)
    result = bytearray(len(shares[0]) - 1)
    for share, place in zip(shares, places, strict=True):
        weight = 1
        for other in places:
            if other != place:
                weight = _multiply(weight, _divide(x ^ other, place ^ other))
        for index, value in enumerate(share[:-1]):
            result[index] ^= _multiply(value, weight)
    return bytes(result)


def _places(shares: Sequence[bytes]) -> list[int]:
    if len(shares) < 2:
        raise FailedError("fewer than two shares cannot give a data key back")
    length = len(shares[0])
    if length < 2 or any(len(share) != length for share in shares):
        raise FailedError("the shares of the key groups have different lengths")
    places = [share[-1] for share in shares]
    if 0 in places or len(set(places)) < len(places):
        raise FailedError("two key groups hold the same share", hint="restore the file from git history")
    return places


def _evaluate(coefficients: Sequence[bytes], x: int) -> bytes:
    """Values at `x` of the polynomials with these coefficients, lowest first, by Horner's method."""
    values = bytearray(len(coefficients[0]))
    for coefficient in reversed(coefficients):
        for index, value in enumerate(coefficient):
            values[index] = _multiply(values[index], x) ^ value
    return bytes(values)


def _powers_of_three() -> tuple[bytes, bytes]:
    """Tables of 3^n and of its inverse; 3 generates the field's multiplicative group."""
    powers, logarithms = bytearray(255), bytearray(256)
    value = 1
    for exponent in range(255):
        powers[exponent] = value
        logarithms[value] = exponent
        value ^= value << 1
        if value > 0xFF:
            value ^= _MODULUS
    return bytes(powers), bytes(logarithms)


_POWERS, _LOGARITHMS = _powers_of_three()


def _multiply(a: int, b: int) -> int:
    if a == 0 or b == 0:
        return 0
    return _POWERS[(_LOGARITHMS[a] + _LOGARITHMS[b]) % 255]


def _divide(a: int, b: int) -> int:
    if a == 0:
        return 0
    return _POWERS[(_LOGARITHMS[a] - _LOGARITHMS[b]) % 255]
