"""Numbers as Go spells them where they leave a tree: in JSON, and as text in dotenv and INI."""

from __future__ import annotations

from sopskit.errors import FailedError
from sopskit.sops.values import float_text


def json_float(value: float) -> str:
    """A float as Go's `encoding/json` writes it: exponents for the very large and the very small.

    Raises:
        FailedError: JSON has no such number.
    """
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN alone differs
        raise FailedError("JSON has no number for an infinity, nor for NaN", hint="quote it")
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return float_text(value)
    mantissa, exponent = _scientific(value)
    return f"{mantissa}e{exponent:+}"


def flat_float(value: float) -> str:
    """A float as sops writes it into dotenv and INI (stores.go, `ValToString`): never like an integer."""
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
        return float_text(value)
    if value != 0:
        mantissa, exponent = _scientific(value)
        if not -4 <= exponent < 6:
            return f"{mantissa}E{exponent:+03}"
    text = float_text(value)
    return text if "." in text else text + ".0"


def _scientific(value: float) -> tuple[str, int]:
    """The shortest digits that mean the value, as `d.ddd`, and its exponent."""
    from decimal import Decimal

    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return ("-" if sign else "") + mantissa, int(exponent) + len(digits) - 1
