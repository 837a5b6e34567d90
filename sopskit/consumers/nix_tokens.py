"""A text in the Nix language, cut into words, strings, paths and signs; comments are left out.

Source: https://nix.dev/manual/nix/latest/language (string literals, path literals, identifiers).
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    STRING = auto()
    PATH = auto()
    SIGN = auto()


class Token(NamedTuple):
    """A piece of a text.

    Attributes:
        kind: what it is.
        text: of a string what stands between its quotes, `${...}` included; of the others as it is.
        start: where it begins.
        end: behind it.
    """

    kind: Kind
    text: str
    start: int
    end: int


_TOKEN = re.compile(
    r"(?P<skipped>\s+|\#[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<path>(?:\.{0,2}|~)(?:/[\w.+-]+)+/?|[\w.+-]+(?:/[\w.+-]+)+|<[\w.+/-]+>)"
    r"|(?P<word>[A-Za-z_][\w'-]*)"
    r"|(?P<number>[0-9]+)"
    r"|(?P<quote>\"|'')"
    r"|(?P<sign>\+\+|//|->|==|!=|<=|>=|&&|\|\||\.\.\.|\$\{|.)",
    re.DOTALL,
)
_IN_STRING = re.compile(r"\\.|\$\$|\$\{|\"", re.DOTALL)
_IN_INDENTED = re.compile(r"'''|''\$|''\\.|\$\$|\$\{|''", re.DOTALL)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text. What is no Nix gives tokens too: a reader takes what it understands."""
    position = 0
    while (match := _TOKEN.match(text, position)) is not None:
        start, position = position, match.end()
        kind = match.lastgroup
        if kind == "quote":
            position = _end_of_string(text, position, match.group())
            yield Token(Kind.STRING, text[match.end() : position - len(match.group())], start, position)
        elif kind == "path":
            yield Token(Kind.PATH, match.group(), start, position)
        elif kind in ("word", "number"):
            yield Token(Kind.WORD, match.group(), start, position)
        elif kind == "sign":
            yield Token(Kind.SIGN, match.group(), start, position)


def _end_of_string(text: str, position: int, quote: str) -> int:
    """Behind the closing quote; strings inside `${...}` are skipped, however deep they nest."""
    nesting = [quote]  # the quotes and braces that are open
    while nesting:
        inside = nesting[-1]
        pattern = _IN_STRING if inside == '"' else _IN_INDENTED if inside == "''" else _IN_CODE
        match = pattern.search(text, position)
        if match is None:
            return len(text) + len(quote)
        found, position = match.group(), match.end()
        if found == inside or (inside == "{" and found == "}"):
            nesting.pop()
        elif found in ("${", "{"):
            nesting.append("{")
        elif inside == "{" and found in ('"', "''"):
            nesting.append(found)
    return position


_IN_CODE = re.compile(r"\#[^\n]*|/\*.*?(?:\*/|\Z)|\$\{|[{}\"]|''", re.DOTALL)
