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


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pattern in _PATTERNS:
        for pair in pattern.finditer(content, *line):
            yield found(pair)
