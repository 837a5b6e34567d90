r"""Jupyter notebooks: programs in the strings of JSON, `"password = \"x\"\n"`.

Source: https://nbformat.readthedocs.io/en/latest/format_description.html (multi-line strings).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure import code, json
from sopskit.scanner.structure.assignment import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.scanner.structure.assignment import Assignment

_SIGN = re.compile(rb'\\n|\\"(?P<bracket>\]?)|"')


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    yield from json.read(content, line)
    program = _unescaped(content[line.start : line.end])
    for each in code.read(program, Line(0, len(program))):
        yield each._replace(start=line.start + each.start, end=line.start + each.end)


def _unescaped(text: bytes) -> bytes:
    """The programs in strings of JSON, each character at its place: a blank stands for the backslash.

    It stands outside of the quotes of a literal, so that no value gets longer.
    """
    opens = True

    def sign(found: re.Match[bytes]) -> bytes:
        nonlocal opens
        bracket = found["bracket"]
        if bracket is None:
            opens = True
            return b" \n" if found[0] == b"\\n" else b"\n"
        opens = not opens
        return b'"' + bracket + b" " if opens else b' "' + bracket

    return _SIGN.sub(sign, text)
