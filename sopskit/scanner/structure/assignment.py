"""A value and the name it is assigned to, and the line that both stand on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

#: Most bytes of a line before and behind a place; of a longer one, as in minified code, the middle is read.
_BEFORE, _BEHIND = 300, 1200


#: `${NAME:-default}` of shells and of Compose (its documentation, "Interpolation"), and `${name:default}` of
#: Spring (its reference, "Property Placeholders"). Behind `?` stands a message, behind `+` another value.
_DEFAULT = re.compile(
    rb"\$\{(?:[A-Z_][A-Z0-9_]{0,80}[-=]|[A-Za-z_][\w.-]{0,80}:(?:[-=]|(?![?+])))(?P<default>[^${}\n]{1,200})\}"
)


class Assignment(NamedTuple):
    """A value that is given to a name.

    Attributes:
        name: as it is written.
        start: offset of the value in bytes, quotes aside.
        end: offset behind it.
        parents: gives the names of what the name stands in, the outermost first. Few are asked for.
        is_data: whether the syntax is one of data, in which a value without quotes is a text.
        is_remark: whether it stands in the documentation of a program, not in the program.
    """

    name: str
    start: int
    end: int
    parents: Callable[[], tuple[str, ...]] = tuple
    is_data: bool = False
    is_remark: bool = False


class Line(NamedTuple):
    """A line, or the middle of one that is too long."""

    start: int
    end: int


def line_at(content: bytes, offset: int) -> Line:
    """The line that holds an offset, without its end."""
    start = max(content.rfind(b"\n", 0, offset) + 1, offset - _BEFORE, 0)
    end = content.find(b"\n", offset, offset + _BEHIND)
    if end < 0:
        end = min(len(content), offset + _BEHIND)
    return Line(start, end - content.endswith(b"\r", start, end))


def with_default(assignment: Assignment, content: bytes) -> Assignment:
    """The assignment of a variable's default, if a variable with one is all that is assigned."""
    default = _DEFAULT.fullmatch(content, assignment.start, assignment.end)
    if default is None:
        return assignment
    return assignment._replace(start=default.start("default"), end=default.end("default"))


def found(
    match: re.Match[bytes], parents: Callable[[], tuple[str, ...]] = tuple, *, is_data: bool = True
) -> Assignment:
    """The assignment that a match of a pattern with `name`, and one group of values, holds."""
    group = next(name for name in ("double", "single", "bare") if match.groupdict().get(name) is not None)
    return Assignment(text(match["name"]), *match.span(group), parents, is_data)


def text(name: bytes) -> str:
    """A name as text, whatever its bytes."""
    return name.strip(b"\"' \t").decode("utf-8", "replace")
