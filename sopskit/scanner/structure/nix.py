"""Nix: `a.b.c = "value";` and `''value''` of one line, in attribute sets."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found
from sopskit.scanner.structure.braces import parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PAIR = re.compile(
    rb"(?P<name>[A-Za-z_\"][\w.\"'-]{0,120})[ \t]*=[ \t]*"
    rb"(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|''(?P<single>[^'\n]*)'')[ \t]*;"
)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pair in _PAIR.finditer(content, *line):
        *inner, name = pair["name"].decode("utf-8", "replace").replace('"', "").split(".")
        yield found(pair, partial(_above, content, pair.start(), inner))._replace(name=name)


def _above(content: bytes, offset: int, inner: Iterable[str]) -> tuple[str, ...]:
    return (*parents(content, offset), *inner)
