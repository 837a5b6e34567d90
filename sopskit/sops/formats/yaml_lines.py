"""The block `sops` as sops itself lays it out, read line by line.

Nearly every file has it so, and this is several times as fast as libyaml's events. Whatever is not plainly
of that layout (a comment, a blank line, CRLF, an escape, a flow collection that is not empty) is not
understood here, and left to the parser of YAML: `read` then gives None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.formats.tree import MAX_DEPTH, Entry, List, Map, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# A key, and what stands behind it: a literal block scalar with its lines, a value, or nothing.
_ENTRY = re.compile(
    r"( *)(- +)?([a-z_]+):"
    r"(?: (\|-?)\n(( +)[^\n]*\n(?:\n*\6[^\n]*\n)*)|(?: (\S[^\n]*))?\n)"
)
_KEY, _HEADER, _LINES, _VALUE = 3, 4, 5, 7
# Starts like no indicator, a number or a word; what makes YAML see more in it is looked for apart.
_PLAIN = re.compile(r"[A-Za-z0-9_/^.(+]")
_QUOTED = re.compile(r""""[^"\\]*"|'[^']*'""")
_NULL = frozenset({"~", "null", "Null", "NULL"})


class _NotPlainError(Exception):
    """A layout that is left to the parser of YAML."""


class _Line(NamedTuple):
    """A key with its column, and that of the dash before it; `value` is None if it stands below."""

    column: int
    dash: int | None
    key: Scalar
    value: Node | None


def read(block: str, offset: int) -> Map | None:
    """Read the lines of the key `sops`.

    Args:
        block: from the key to the end of its lines.
        offset: where the block stands in the whole text; positions count from the latter's start.

    Returns:
        The mapping with this one key; None where the layout is another. The `end` of a block collection
        is that of its last value.
    """
    if not block.isascii() or "\t" in block or "\r" in block:
        return None
    try:
        lines = list(_lines(block, offset))
        if lines[0].column:
            return None
        index, mapping = _mapping(lines, 0, 0)
    except _NotPlainError:
        return None
    return mapping if index == len(lines) else None


def _lines(block: str, offset: int) -> Iterator[_Line]:
    position = 0
    for match in _ENTRY.finditer(block):
        indentation, dash, name, header, lines, margin, text = match.groups()
        if match.start() != position or name in _NULL:
            raise _NotPlainError
        position = match.end()
        start = offset + match.start(_KEY)
        key = Scalar(name, start, start + len(name))
        column = len(indentation) + len(dash or "")
        value: Node | None = None
        if text is not None:
            value = _inline(text, offset + match.start(_VALUE))
        elif header is not None:
            if len(margin) <= column:
                raise _NotPlainError
            ends = offset + match.start(_HEADER), offset + match.end(_LINES)
            value = Scalar(_literal(header, lines, margin), *ends, "|")
        yield _Line(column, None if dash is None else len(indentation), key, value)
    if position != len(block) or not position:
        raise _NotPlainError


def _literal(header: str, lines: str, margin: str) -> str:
    content = lines[len(margin) :].replace("\n" + margin, "\n").rstrip("\n")
    if not content:
        raise _NotPlainError
    return content + "\n" if header == "|" else content


def _inline(text: str, start: int) -> Node:
    """A value on the line of its key."""
    end = start + len(text)
    if text == "[]":
        return List((), start, end)
    if text in _NULL:
        return Scalar(None, start, end)
    if _PLAIN.match(text) and text[-1] not in " :" and ": " not in text and " #" not in text:
        return Scalar(text, start, end)
    if _QUOTED.fullmatch(text):
        return Scalar(text[1:-1], start, end, text[0])
    raise _NotPlainError


# Each of these takes lines from `index` on, and returns the index of the first that it leaves. A line whose
# column fits nowhere is left by all of them.


def _mapping(lines: Sequence[_Line], index: int, depth: int) -> tuple[int, Map]:
    first = lines[index]
    entries: list[Entry] = []
    line = first
    while True:
        index += 1
        value = line.value
        if value is None:
            index, value = _below(lines, index, line.column, depth + 1)
        entries.append(Entry(line.key, value))
        if index == len(lines):
            break
        line = lines[index]
        if line.column != first.column or line.dash is not None:
            break
    return index, Map(tuple(entries), first.key.start, value.end, flow=False)


def _below(lines: Sequence[_Line], index: int, column: int, depth: int) -> tuple[int, Node]:
    """What stands below a key in `column`: a list, also in that same column, or a mapping further right."""
    if index == len(lines) or depth > MAX_DEPTH:
        raise _NotPlainError
    first = lines[index]
    if first.dash is not None and first.dash >= column:
        return _list(lines, index, first.dash, depth)
    if first.dash is None and first.column > column:
        return _mapping(lines, index, depth)
    raise _NotPlainError


def _list(lines: Sequence[_Line], index: int, dash: int, depth: int) -> tuple[int, List]:
    items: list[Node] = []
    start = lines[index].key.start - (lines[index].column - dash)
    while index < len(lines) and lines[index].dash == dash:
        index, item = _mapping(lines, index, depth + 1)
        items.append(item)
    return index, List(tuple(items), start, items[-1].end, flow=False)
