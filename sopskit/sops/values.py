"""The values of a SOPS file: their types, and the bytes that are encrypted and that the MAC covers.

Source: getsops/sops, sops.go (`ToBytes`), aes/cipher.go (`Encrypt`, `Decrypt`) and Go's strconv.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sopskit.errors import FailedError


class Time(NamedTuple):
    """A point in time, as the RFC 3339 text that Go writes for it (`time.Time.MarshalText`)."""

    text: str


#: Text that is not UTF-8 is held with surrogate escapes. `bytes` come from older files only.
Value = str | int | float | bool | Time | bytes | None

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
# A fraction loses the zeros at its end, and a zone without an offset is Z (Go, time.RFC3339Nano).
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def to_bytes(value: Value) -> bytes:
    """The bytes of a value, which are encrypted and hashed.

    Raises:
        FailedError: an integer that no 64 bits hold.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bool):
        return b"True" if value else b"False"
    if isinstance(value, int):
        if not -(1 << 63) <= value < 1 << 63:
            raise FailedError("a number is too large: sops holds integers in 64 bits", hint="quote it")
        return b"%d" % value
    if isinstance(value, float):
        return float_text(value).encode()
    if isinstance(value, Time):
        return value.text.encode()
    return value or b""


def type_of(value: Value) -> str:
    """The type that `ENC[...]` names for a value: str, int, float, bool, time or bytes."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, Time):
        return "time"
    return type(value).__name__


def from_bytes(plaintext: bytes, kind: str) -> Value:
    """The value of decrypted bytes.

    Args:
        plaintext: what was encrypted.
        kind: the type beside it: str, int, float, bool, time, bytes or comment.

    Raises:
        FailedError: the bytes are no value of that type.
    """
    if kind == "bytes":
        return plaintext
    text = plaintext.decode("utf-8", "surrogateescape")
    if kind in ("str", "comment"):
        return text
    if kind == "int" and _INTEGER.fullmatch(text) and -(1 << 63) <= int(text) < 1 << 63:
        return int(text)
    if kind == "bool" and text in _TRUE | _FALSE:
        return text in _TRUE
    if kind == "time" and (time := go_time(text)):
        return time
    if kind == "float":
        try:
            return float(text)
        except ValueError:
            pass
    raise FailedError(
        f"a value is no {kind}, which its type says it is", hint="the type was changed by hand: restore it"
    )


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same: the type too, -0.0 is not 0.0, NaN is NaN."""
    if type(one) is not type(other):
        return False
    return repr(one) == repr(other) if isinstance(one, float) else one == other


def float_text(value: float) -> str:
    """Go's `strconv.FormatFloat(value, 'f', -1, 64)`: all digits, no exponent, no zeros at the end."""
    if value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    from decimal import Decimal  # only needed here

    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def go_time(text: str) -> Time | None:
    """The time that Go reads in an RFC 3339 text, spelled as Go writes it; None where it is none."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    seconds, fraction, zone = match.groups()
    digits = (fraction or "")[:9].rstrip("0")
    return Time(seconds + (f".{digits}" if digits else "") + ("Z" if zone in ("+00:00", "-00:00") else zone))
