"""Splices: replacing spans of a text and keeping every other character.

An edit of a user's file is a list of splices computed against one and the same text, applied at
once. So an edit cannot touch what it does not name, and the order of its parts does not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Span(NamedTuple):
    """A half-open range of characters, `text[start:end]`."""

    start: int
    end: int


class Splice(NamedTuple):
    """Replace `text[start:end]` by `replacement`; an insertion where both are equal."""

    start: int
    end: int
    replacement: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """Return `text` with all `splices` applied; their positions all refer to the given `text`.

    Several insertions at one place are written in the order given.

    Raises:
        ValueError: two splices overlap, or one lies outside the text (a bug of the caller).
    """
    parts: list[str] = []
    position = 0
    for start, end, replacement in sorted(splices, key=lambda splice: splice[:2]):
        if not position <= start <= end <= len(text):
            raise ValueError(f"splice {start}:{end} overlaps another or lies outside the text")
        parts += (text[position:start], replacement)
        position = end
    parts.append(text[position:])
    return "".join(parts)


def line_of(text: str, position: int) -> int:
    """Line number of a position, counting from 1."""
    return text.count("\n", 0, position) + 1


def line_start(text: str, position: int) -> int:
    """Position of the first character of the line that holds `position`."""
    return text.rfind("\n", 0, position) + 1


def line_end(text: str, position: int) -> int:
    """Position behind the line that holds `position`, its newline included."""
    newline = text.find("\n", position)
    return len(text) if newline < 0 else newline + 1


def newline_of(text: str) -> str:
    r"""The line ending in use: "\r\n" if the first line ends so, else "\n"."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"
