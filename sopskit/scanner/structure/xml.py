"""XML: `<password>x</password>`, `password="x"`, and `key="password" value="x"`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PATTERNS = (
    re.compile(rb"<(?P<name>[A-Za-z_][\w.:-]{0,120})(?:\s[^<>\n]{0,200})?>(?P<bare>[^<>\n]+)</"),
    re.compile(rb"\s(?:key|name)=\"(?P<name>[^\"\n]{1,120})\"[ \t]+value=\"(?P<double>[^\"\n]*)\""),
    re.compile(rb"\s(?P<name>[A-Za-z_][\w.:-]{0,120})=\"(?P<double>[^\"\n]*)\""),
    re.compile(
        rb"<(?:key|name)>(?P<name>[^<\n]{1,120})</(?:key|name)>\s*<(?:string|value)>(?P<bare>[^<\n]+)</"
    ),
)
#: Bytes of a line with a tag alone.
_LONGEST_TAG = 220

#: An element whose text is on a line of its own.
_TALL = re.compile(
    rb"<(?P<name>[A-Za-z_][\w.:-]{0,120})>[ \t\r]{0,8}\n[ \t]{0,80}(?P<bare>[^<>\s]{8,400})"
    rb"[ \t\r]{0,8}\n[ \t]{0,80}</"
)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pattern in _PATTERNS:
        for pair in pattern.finditer(content, *line):
            yield found(pair)
    yield from tall_elements(content, line)


def tall_elements(content: bytes, line: Line) -> Iterator[Assignment]:
    """The elements of which a line is the text, between the lines of their tags."""
    before = content.rfind(b"\n", 0, max(line.start - 1, 0)) + 1
    if line.start - before <= _LONGEST_TAG:
        for element in _TALL.finditer(content, before, line.end + _LONGEST_TAG):
            if line.start <= element.start("bare") < line.end:
                yield found(element)
