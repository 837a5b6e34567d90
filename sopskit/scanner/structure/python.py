"""Python: as `code`; what looks like YAML in it stands in a docstring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment, Line

_IN_YAML = re.compile(rb"[ \t]*(?:- )?[A-Za-z_][\w-]*: [\"'][^\"'\n]*[\"'][ \t]*$")


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    is_remark = _IN_YAML.match(content, *line) is not None
    for assignment in code.read(content, line):
        yield assignment._replace(is_remark=is_remark or assignment.is_remark)
