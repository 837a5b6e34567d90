"""What a syntax reads from a text, as names and values."""

from __future__ import annotations

from sopskit.scanner.structure import assignments, line_at


def read(text: str, syntax: str, marked: str = "@") -> list[tuple[str, str]]:
    """The assignments of the line that holds a mark, which is not part of the text."""
    content = text.replace(marked, "", 1).encode()
    line = line_at(content, text.index(marked))
    return [
        (each.name, content[each.start : each.end].decode()) for each in assignments(content, line, syntax)
    ]


def parents(text: str, syntax: str, marked: str = "@") -> tuple[str, ...]:
    """What the first assignment of the line with a mark stands in."""
    content = text.replace(marked, "", 1).encode()
    return next(assignments(content, line_at(content, text.index(marked)), syntax)).parents()
