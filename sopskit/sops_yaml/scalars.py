"""The type of a plain scalar, as go-yaml resolves it (go.yaml.in/yaml/v3, resolve.go)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sopskit.text.yaml_tree import Scalar

_CONSTANTS = dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_FLOATS = frozenset(
    (".nan", ".NaN", ".NAN", *(sign + inf for sign in ("", "+", "-") for inf in (".inf", ".Inf", ".INF")))
)

# resolve.go: Go's ParseInt with base 0 and `_` taken out, then the floats of YAML 1.2.
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].+)?")


def resolve(node: Scalar) -> str | float | None:
    """The value of a scalar where nothing says its type: None, bool, int, float or str."""
    if node.style or node.properties.tag in ("!", "!!str", "!<tag:yaml.org,2002:str>"):
        return node.value
    return resolve_plain(node.value)


def resolve_plain(value: str) -> str | float | None:
    """The value of a plain scalar (resolve.go): None, bool, int, float or str."""
    if value in _NULLS:
        return None
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if value in _FLOATS:
        return float(value.lower().replace(".", "", 1))
    if value[0] not in "+-.0123456789":
        return value
    return value if _TIMESTAMP.fullmatch(value) else _number(value)


def _number(value: str) -> str | float:
    plain = value.replace("_", "")
    match = _INTEGER.fullmatch(plain)
    if match is not None and len(plain) <= 80:
        sign, *digits = match.groups()
        number = next(int(text, base) for text, base in zip(digits, (16, 2, 8, 10), strict=True) if text)
        if number < 1 << 64 and (sign == "" or number <= 1 << 63):
            return -number if sign == "-" else number
    if _FLOAT.fullmatch(plain) and len(plain) <= 400:
        result = float(plain)
        return value if math.isinf(result) else result
    return value
