"""How a value is spelled as a YAML scalar: what go-yaml writes, in the style asked for where that carries it.

Source: go.yaml.in/yaml/v3, encode.go (`stringv`, `floatv`, `isOldBool`, `isBase60Float`) and emitterc.go
(`yaml_emitter_analyze_scalar`). Three things differ: a whole float keeps its `.0`, so that it stays one;
characters beyond U+FFFF are not escaped; and the indentation that a literal block names is the one it has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.documents.go_numbers import flat_float
from sopskit.sops.documents.yaml_resolve import HINTS
from sopskit.sops.documents.yaml_resolve import plain as resolved
from sopskit.sops.values import Time

if TYPE_CHECKING:
    from sopskit.sops.values import Value

# YAML 1.1 takes these for booleans and the like.
_OTHERS = {
    word for lower in ("y", "yes", "on", "n", "no", "off") for word in (lower, lower.title(), lower.upper())
}
_OTHERS |= {"<<", "="}
_BASE_60 = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
# What may not stand unescaped, but for tab and newline: not printable, or a line break of YAML 1.1. (The set
# of what may would take Python seven times as long to compile, 3 ms at every start.)
_UNPRINTABLE = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
_ONE_LINE = re.compile(f"[^\t\n{_UNPRINTABLE}]*")
_LINES = re.compile(f"[^{_UNPRINTABLE}]*")
_NOT_PLAIN = re.compile(r"^[ #,\[\]{}&*!|>'\"%@`]|^[-?:](?:\s|$)|^(?:---|\.\.\.)|:(?:\s|$)|\s#|[ ]$")
_NOT_PLAIN_IN_FLOW = re.compile(r"^[?:]|[,?\[\]{}:]")
_ESCAPED = re.compile(f'["\\\\\t\n{_UNPRINTABLE}]')
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\u2028": "L", "\u2029": "P",
}  # fmt: skip


class Literal(NamedTuple):
    """A literal block.

    Attributes:
        indicator: whether its header must name the indentation.
        chomping: `-`, `+` or empty.
        lines: its lines without indentation; the last one's line end belongs to the text around it.
    """

    indicator: bool
    chomping: str
    lines: list[str]

    def header(self, indent: int) -> str:
        """Its first line, where the lines stand `indent` columns further right than what holds it."""
        return f"|{indent if self.indicator else ''}{self.chomping}"

    def body(self, column: int, newline: str) -> str:
        """Its other lines, each with the line end before it."""
        return "".join(newline + (" " * column + line if line else "") for line in self.lines)


def one_line(value: Value, *, flow: bool = False, tagged: bool = False) -> str:
    """A value on one line: plain where that is read as the same value, else quoted.

    Args:
        value: any value.
        flow: whether it stands inside braces or brackets.
        tagged: whether a tag before it says that it is a string.
    """
    if not isinstance(value, str):
        return _other(value)
    if is_binary(value):
        return f"!!binary {_base64(value)}"
    if not tagged and not _reads_as_string(value):
        return double(value)
    if value and can_be_plain(value, flow=flow):
        return value
    return single(value) or double(value)


def can_be_plain(text: str, *, flow: bool) -> bool:
    """Whether a plain scalar can hold the text; not what type it is then."""
    if not _ONE_LINE.fullmatch(text) or _NOT_PLAIN.search(text):
        return False
    return not (flow and _NOT_PLAIN_IN_FLOW.search(text))


def quoted(value: Value, quote: str) -> str:
    """A value in quotes, in the ones given if they can hold it; numbers and the like are plain."""
    if not isinstance(value, str) or is_binary(value):
        return one_line(value, flow=True)
    return (single(value) if quote == "'" else None) or double(value)


def single(text: str) -> str | None:
    """A text in single quotes; None where they cannot hold it."""
    return "'" + text.replace("'", "''") + "'" if text and _ONE_LINE.fullmatch(text) else None


def double(text: str) -> str:
    """A text in double quotes."""
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def literal(text: str, *, any_spaces: bool = False) -> Literal | None:
    """A text as a literal block, or None where go-yaml would quote it.

    Args:
        text: the value.
        any_spaces: also where lines end with spaces, which a block can hold and go-yaml quotes.
    """
    if not _LINES.fullmatch(text) or not text.strip("\n"):
        return None
    if not any_spaces and (" \n" in text or text.endswith(" ")):
        return None
    lines = text.split("\n")
    if lines[-1]:
        return Literal(text[0] in " \n\t", "-", lines)
    return Literal(text[0] in " \n\t", "+" if text.endswith("\n\n") else "", lines[:-1])


def comment(text: str, margin: str, newline: str) -> str:
    """A comment with its sign; what would end it early continues in a line of its own."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return (newline + margin).join("#" + re.sub(f"[\n{_UNPRINTABLE}]", "\ufffd", line) for line in lines)


def _reads_as_string(text: str) -> bool:
    """Whether a plain scalar of this text is a string, for YAML 1.1 too."""
    if text and text[0] not in HINTS:
        return text not in _OTHERS
    return isinstance(resolved(text), str) and text not in _OTHERS and not _BASE_60.fullmatch(text)


def _other(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Time):
        return value.text
    if isinstance(value, bytes):
        return one_line(value.decode("utf-8", "surrogateescape"), flow=True)
    return float_text(value) if isinstance(value, float) else str(value)


def float_text(value: float) -> str:
    """Go's `FormatFloat(value, 'g', -1, 64)`, with `.0` where that would be an integer."""
    if value != value:  # noqa: PLR0124 - NaN alone differs from itself
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    return flat_float(value).replace("E", "e")


def is_binary(text: str) -> bool:
    """Whether a text is none that UTF-8 has."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _base64(text: str) -> str:
    from binascii import b2a_base64

    return b2a_base64(text.encode("utf-8", "surrogateescape"), newline=False).decode()


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char in _ESCAPES:
        return "\\" + _ESCAPES[char]
    code = ord(char)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}"
