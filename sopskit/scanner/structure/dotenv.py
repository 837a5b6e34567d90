"""Dotenv: `NAME=value`, perhaps behind `export`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PAIR = re.compile(
    rb"[ \t]*(?:(?:export|set)[ \t]+)?(?P<name>[A-Za-z_][\w.-]{0,120})[ \t]*=[ \t]*"
    rb"(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|'(?P<single>[^'\n]*)'"
    rb"|(?P<bare>[^\s\"'#][^\n\"']*?))[ \t\"']*(?:[ \t]#[^\n]*)?$"
)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    pair = _PAIR.match(content, *line)
    if pair is not None:
        yield found(pair)
