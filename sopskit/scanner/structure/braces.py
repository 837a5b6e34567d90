"""Names of the blocks in braces that a place stands in: `{ "auth": { ...`, `resource "x" "y" {`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes that are looked at before a place, and names that are wanted.
_FAR = 2048
_MOST = 8

#: Most bytes of a name and what stands between it and its brace.
_NAME = 120

#: What of a text is neither in quotes nor a brace is left aside.
_TOKENS = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[{}]')
_OPENER = re.compile(
    rb'(?P<name>"(?:[^"\\\n]|\\.){1,80}"|[A-Za-z_][\w.-]{0,80}(?:[ \t]+"[^"\n]{0,80}"){0,2})'
    rb"[ \t]*[:=]?[ \t\r\n]*\[?[ \t\r\n]*$"
)


def parents(content: bytes, offset: int) -> tuple[str, ...]:
    """The names of the open blocks around a place, the outermost first."""
    low = max(0, offset - _FAR)
    names: list[str] = []
    for brace in list(_open(content, low, offset))[-_MOST:]:
        opener = _OPENER.search(content, max(low, brace - _NAME), brace)
        names.append(_plain(opener["name"]) if opener else "")
    return tuple(names)


def _plain(name: bytes) -> str:
    """A name without the quotes around all of it; a label keeps its own."""
    return text(name) if name.startswith(b'"') else name.decode("utf-8", "replace")


def _open(content: bytes, low: int, high: int) -> Iterator[int]:
    stack: list[int] = []
    for token in _TOKENS.finditer(content, low, high):
        if token[0] == b"{":
            stack.append(token.start())
        elif token[0] == b"}" and stack:
            stack.pop()
    yield from stack
