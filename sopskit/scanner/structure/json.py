"""JSON, and objects of JavaScript: `"key": "value"`, and `"name": "X"` beside `"value": "y"`."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sopskit.scanner.structure import code
from sopskit.scanner.structure.assignment import Assignment, Line, found, text
from sopskit.scanner.structure.braces import parents

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAIR = re.compile(rb'"(?P<name>(?:[^"\\\n]|\\.){1,120})"[ \t]*:[ \t]*"(?P<double>(?:[^"\\\n]|\\.)*)"')
_SIBLING = re.compile(rb'"(?:name|key|Name|Key)"\s*:\s*"(?P<name>[\w.-]{1,120})"\s*,\s*$')


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    pairs = list(_PAIR.finditer(content, *line))
    for pair in pairs:
        assignment = found(pair, partial(parents, content, pair.start()))
        yield assignment._replace(name=_named(content, pair.start(), assignment.name))
    if not pairs:
        yield from code.read(content, line)


def _named(content: bytes, start: int, name: str) -> str:
    sibling = _SIBLING.search(content, max(0, start - 300), start) if name.lower() == "value" else None
    return text(sibling["name"]) if sibling else name
