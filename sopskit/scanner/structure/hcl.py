"""HCL of Terraform and its kin: `key = "value"` in blocks, and the default of a variable."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Line, found
from sopskit.scanner.structure.braces import parents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_PAIR = re.compile(
    rb"(?P<name>[A-Za-z_][\w.-]{0,120}|\"[^\"\n]{1,120}\")[ \t]*[=:][ \t]*\"(?P<double>(?:[^\"\\\n]|\\.)*)\""
)
_VARIABLE = re.compile(r'variable\s+"(?P<name>[^"]+)')


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    for pair in _PAIR.finditer(content, *line):
        assignment = found(pair, partial(parents, content, pair.start()))
        if assignment.name == "default":
            above = assignment.parents()
            variable = _VARIABLE.match(above[-1]) if above else None
            assignment = assignment._replace(name=variable["name"] if variable else "default")
        yield assignment
