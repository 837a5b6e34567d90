"""The block `sops` as sops itself lays it out, read line by line.

Nearly every file has it so, and this is five times as fast as libyaml's events. Whatever is not plainly of
that layout (a comment, a blank line, CRLF, an escape, a flow collection that is not empty) is not understood
here, and left to the parser of YAML: `read` then gives None.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sopskit.sops.formats.tree import MAX_DEPTH, Entry, List, Map, Node, Scalar

_ENTRY = re.compile(r"([a-z_]+):(?: (\S[^\n]*))?\n")
_INDENTATION = re.compile(r" *")
_DASH = re.compile(r"- +(?=[a-z_])")
# Starts like no indicator, a number or a word; what makes YAML see more in it is looked for apart.
_PLAIN = re.compile(r"[A-Za-z0-9_/^.(+][^\t\r]*")
_QUOTED = re.compile(r""""[^"\\\t\r]*"|'[^'\t\r]*'""")
_NULL = frozenset({"~", "null", "Null", "NULL"})
_LITERALS = ("|", "|-")


class _NotPlainError(Exception):
    """A layout that is left to the parser of YAML."""


def read(block: str, offset: int) -> Map | None:
    """Read the lines of the key `sops`.

    Args:
        block: from the key to the end of its lines.
        offset: where the block stands in the whole text; positions count from the latter's start.

    Returns:
        The mapping with this one key; None where the layout is another. The `end` of a block collection
        is that of its last value.
    """
    if not block.isascii():
        return None
    reader = _Reader(block, offset)
    try:
        position, node = reader.mapping(0, 0, 0)
    except _NotPlainError:
        return None
    return node if position == len(block) else None


class _Reader:
    """Reads collections; every method takes a position and returns the one behind what it has read."""

    def __init__(self, text: str, offset: int) -> None:
        self._text = text
        self._offset = offset

    def mapping(self, position: int, column: int, depth: int) -> tuple[int, Map]:
        """A mapping whose first key stands at `position`, in `column`."""
        text, offset = self._text, self._offset
        if depth > MAX_DEPTH:
            raise _NotPlainError
        start, entries = position, []
        while True:
            match = _ENTRY.match(text, position)
            if match is None:
                raise _NotPlainError
            key = Scalar(match[1], offset + position, offset + match.end(1))
            value: Node
            if match[2] is None:
                position, value = self._collection(match.end(), column, depth)
            elif match[2] in _LITERALS:
                position, value = self._literal(match, column)
            else:
                position, value = match.end(), self._inline(match)
            entries.append(Entry(key, value))
            indentation = self._indentation(position)
            if indentation != column or position + indentation >= len(text):
                break
            if text.startswith("- ", position + indentation):
                break
            position += indentation
        if indentation > column:
            raise _NotPlainError
        return position, Map(tuple(entries), offset + start, value.end, flow=False)

    def _collection(self, position: int, column: int, depth: int) -> tuple[int, Node]:
        """What stands below a key: a list, also in the key's own column, or a mapping further right."""
        indentation = self._indentation(position)
        start = position + indentation
        if self._text.startswith("- ", start) and indentation >= column:
            return self._list(position, indentation, depth)
        if indentation <= column:
            raise _NotPlainError
        return self.mapping(start, indentation, depth + 1)

    def _list(self, position: int, column: int, depth: int) -> tuple[int, List]:
        start, items = position + column, []
        while True:
            dash = _DASH.match(self._text, position + column)
            if dash is None:
                raise _NotPlainError
            position, item = self.mapping(dash.end(), dash.end() - position, depth + 1)
            items.append(item)
            if self._indentation(position) != column or not self._text.startswith("- ", position + column):
                break
        return position, List(tuple(items), self._offset + start, items[-1].end, flow=False)

    def _literal(self, match: re.Match[str], column: int) -> tuple[int, Scalar]:
        text, first = self._text, match.end()
        indentation = self._indentation(first)
        if indentation <= column or text.startswith("\n", first + indentation):
            raise _NotPlainError
        lines = _lines_of(indentation).match(text, first)
        end = lines.end() if lines else first
        content = text[first + indentation : end].replace("\n" + " " * indentation, "\n").rstrip("\n")
        if not content or "\t" in content or "\r" in content:
            raise _NotPlainError
        value = content + "\n" if match[2] == "|" else content
        return end, Scalar(value, self._offset + match.start(2), self._offset + end, "|")

    def _inline(self, match: re.Match[str]) -> Node:
        """A value on the line of its key."""
        value: str = match[2]
        start, end = self._offset + match.start(2), self._offset + match.end(2)
        if value == "[]":
            return List((), start, end)
        if value in _NULL:
            return Scalar(None, start, end)
        if _PLAIN.fullmatch(value) and value[-1] not in " :" and ": " not in value and " #" not in value:
            return Scalar(value, start, end)
        if _QUOTED.fullmatch(value):
            return Scalar(value[1:-1], start, end, value[0])
        raise _NotPlainError

    def _indentation(self, position: int) -> int:
        match = _INDENTATION.match(self._text, position)
        return match.end() - position if match else 0


@lru_cache(maxsize=32)
def _lines_of(indentation: int) -> re.Pattern[str]:
    """Lines that are indented at least so far, and empty ones between them."""
    return re.compile(rf"(?:\n*(?: {{{indentation}}}[^\n]*\n))*")
