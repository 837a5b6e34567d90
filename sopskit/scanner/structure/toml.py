"""TOML: `key = "value"`, inline tables too; a bare value is no text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found
from sopskit.scanner.structure.sections import section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PAIR = re.compile(
    rb"(?P<name>[\w.-]{1,120}|\"[^\"\n]{1,120}\"|'[^'\n]{1,120}')[ \t]*=[ \t]*"
    rb"(?:\"(?P<double>(?:[^\"\\\n]|\\.)+)\"|'(?P<single>[^'\n]*)')"
)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pair in _PAIR.finditer(content, *line):
        yield found(pair, lambda: section(content, line.start))
