"""Nix: `a.b.c = "value";` and `''value''` of one line, in attribute sets; texts of settings and commands."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sopskit.scanner.structure import shell
from sopskit.scanner.structure.assignment import Line, found
from sopskit.scanner.structure.braces import parents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PAIR = re.compile(
    rb"(?P<name>[A-Za-z_\"][\w.\"'-]{0,120})[ \t]*=[ \t]*"
    rb"(?:(?:lib\.)?mk(?:Default|Force|Override[ \t]+[0-9]+)[ \t]+)?"
    rb"(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|''(?P<single>[^'\n]*)'')[ \t]*(?:;|$)"
)
#: A line of a text (`environment.etc`, `extraConfig`, `writeText`): Nix itself has `;` behind a value.
_OF_TEXT = re.compile(
    rb"[ \t]*(?P<name>[A-Za-z_][\w.-]{0,120})[ \t]*(?:=|:[ \t])[ \t]*(?P<bare>[^\s\"';$(){}\[\]<>]+)[ \t\r]*$"
)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    number = 0
    for pair in _PAIR.finditer(content, *line):
        number += 1
        *inner, name = pair["name"].decode("utf-8", "replace").replace('"', "").split(".")
        yield found(pair, partial(_above, content, pair.start(), inner))._replace(name=name)
    text = None if number else _OF_TEXT.match(content, *line)
    if text is not None:
        yield found(text)
    yield from shell.read(content, line)


def _above(content: bytes, offset: int, inner: Iterable[str]) -> tuple[str, ...]:
    return (*parents(content, offset), *inner)
