"""What a YAML scalar means: a text, its quotes and its tag become a value, as go-yaml has it.

Source: go.yaml.in/yaml/v3, resolve.go (`resolve`, `parseTimestamp`), decode.go (`scalar`) and Go's
`strconv.ParseInt` with base 0. `yes` and `on` are strings, `1:30` too, `017` is octal.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sopskit.sops.values import Time, Value

_TAG = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL = (_TAG + name for name in ("str", "int", "float", "bool", "null"))
TIMESTAMP, BINARY, MERGE = (_TAG + name for name in ("timestamp", "binary", "merge"))

#: Tags whose values are checked: an encrypted value in their place is refused, or read as another.
CHECKED_TAGS = frozenset({INT, FLOAT, BOOL, NULL, TIMESTAMP, BINARY})

#: A plain scalar that starts with anything else is a string.
HINTS = frozenset("+-.0123456789yYnNtTfFoO~")

_WORDS: dict[str, Value] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}

# ASCII digits only, no underscores: those are taken out before.
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_BASES = (
    (re.compile(r"([+-]?)0[xX]([0-9a-fA-F]+)"), 16),
    (re.compile(r"([+-]?)0[bB]([01]+)"), 2),
    (re.compile(r"([+-]?)0[oO]?([0-7]+)"), 8),
    # A sign behind the prefix: resolve.go cuts off the prefix and parses what is left.
    (re.compile(r"0b([+-])([01]+)"), 2),
    (re.compile(r"0o([+-])([0-7]+)"), 8),
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DATE = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:(?:([Tt])| +)(\d\d?):(\d\d?):(\d\d?)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_MAX_DIGITS = 400  # of a number that is tried as an integer; Python refuses to read 4,300


class UnresolvableError(ValueError):
    """A text that is not what its tag says."""


def resolve(text: str, style: str, tag: str | None) -> Value:
    """The value of a scalar.

    Args:
        text: unquoted and unfolded.
        style: empty for a plain one, else one of `'`, `"`, `|`, `>`.
        tag: in full (`tag:yaml.org,2002:int`) or None; `!` is none.

    Raises:
        UnresolvableError: the text is not what its tag says.
    """
    if tag is None or tag == "!":
        return text if style or (text and text[0] not in HINTS) else plain(text)
    if tag == BINARY:
        return _binary(text)
    if tag not in CHECKED_TAGS:
        return text
    return _checked(text, tag)


@lru_cache(maxsize=4096)
def plain(text: str) -> Value:
    """The value of a plain scalar without a tag."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first == ".":
        return _float(text)
    if first not in "+-0123456789":
        return text
    time = _time(text)
    return _number(text) if time is None else time


def _checked(text: str, tag: str) -> Value:
    """The value of a text with a tag that names a type."""
    value: Value = _WORDS.get(text, text)
    if value is text and text and text[0] in "+-.0123456789":
        time = _time(text) if tag == TIMESTAMP else None
        value = (_float(text) if text[0] == "." else _number(text)) if time is None else time
    if tag == FLOAT and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if _tag_of(value) != tag:
        raise UnresolvableError
    return value


def _tag_of(value: Value) -> str:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT
    if isinstance(value, float):
        return FLOAT
    return TIMESTAMP if isinstance(value, Time) else STR


def _number(text: str) -> Value:
    digits = text.replace("_", "")
    if len(digits) <= _MAX_DIGITS:
        number = _integer(digits)
        if number is not None and -(1 << 63) <= number < 1 << 64:
            return number
    value = _float(digits)
    return text if isinstance(value, str) else value


def _integer(digits: str) -> int | None:
    if _DECIMAL.fullmatch(digits):
        number = int(digits)
        return None if digits[0] == "+" and number >= 1 << 63 else number
    for pattern, base in _BASES:
        if match := pattern.fullmatch(digits):
            number = int(match[2], base)
            if match[1] and number >= 1 << 63:
                return -number if match[1] == "-" and number == 1 << 63 else None
            return -number if match[1] == "-" else number
    return None


def _float(digits: str) -> Value:
    """A decimal fraction; the text where it is none, or too large."""
    if not _FLOAT.fullmatch(digits):
        return digits
    number = float(digits)
    return digits if number in (float("inf"), float("-inf")) else number


def _binary(text: str) -> str:
    """Base64 as Go's StdEncoding reads it: line ends are skipped, nothing else."""
    from binascii import Error, a2b_base64

    packed = text.replace("\n", "").replace("\r", "")
    if len(packed) % 4 or not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", packed):
        raise UnresolvableError
    try:
        return a2b_base64(packed).decode("utf-8", "surrogateescape")
    except Error:
        raise UnresolvableError from None


def _time(text: str) -> Time | None:
    """A date, or a date and a time, in one of the four layouts of resolve.go."""
    match = _DATE.fullmatch(text) if text[4:5] == "-" else None
    if match is None:
        return None
    year, month, day, letter, hour, minute, second, fraction, zone = match.groups()
    if (zone is None) != (letter is None):
        return None
    zone = _zone(zone) if zone else "Z"
    times = [int(part or 0) for part in (hour, minute, second)]
    if zone is None or not _is_date(int(year), int(month), int(day)):
        return None
    if times[0] > 23 or max(times[1:]) > 59:
        return None
    digits = (fraction or "")[:9].rstrip("0")
    return Time(
        f"{year}-{int(month):02}-{int(day):02}T{times[0]:02}:{times[1]:02}:{times[2]:02}"
        + (f".{digits}" if digits else "")
        + zone
    )


def _is_date(year: int, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or day < 1:
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= (29 if month == 2 and leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1])


def _zone(text: str) -> str | None:
    """An offset as Go writes it; Go takes 60 minutes, and cannot write 24 hours."""
    if text == "Z":
        return text
    minutes = int(text[1:3]) * 60 + int(text[4:])
    if int(text[4:]) > 60 or minutes >= 24 * 60:
        return None
    return f"{text[0]}{minutes // 60:02}:{minutes % 60:02}" if minutes else "Z"
