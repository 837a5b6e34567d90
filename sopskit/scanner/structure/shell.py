"""Shell and Dockerfiles: `NAME=value`, and `--password value` on a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_VALUE = (
    rb"(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|'(?P<single>[^'\n]*)'"
    rb"|(?P<bare>[^\s\"'`;|&<>()]+))(?=[\s;|&)\\\"']|$)"
)
_ASSIGNED = re.compile(rb"(?:(?<=[\s;(&\"'])|^)(?P<name>[A-Za-z_][\w.-]{0,120})=" + _VALUE, re.MULTILINE)
_OPTION = re.compile(rb"(?<=[\s\"'])--?(?P<name>[A-Za-z][\w-]{0,60})(?:=|[ \t]+)" + _VALUE)
_DOCKERFILE = re.compile(rb"[ \t]*(?:ENV|ARG)[ \t]+(?P<name>\w{1,120})[ \t]+" + _VALUE)


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pattern in (_ASSIGNED, _OPTION):
        for pair in pattern.finditer(content, *line):
            yield found(pair)
    instruction = _DOCKERFILE.match(content, *line)
    if instruction is not None:
        yield found(instruction)
