"""The comments between two tokens of a YAML text, cut into heads and feet as yaml.v3 does.

yaml.v3 (go.yaml.in/yaml/v3 v3.0.4, scannerc.go, `yaml_parser_scan_comments`) looks at each comment's column
and at empty lines to tell the foot of what came before from the head of what comes next. A comment's place is
part of what its encryption authenticates, so the oddities are kept: both characters of a CRLF are breaks, a
comment is not seen behind 512 blanks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, NamedTuple

Line = tuple[int, int] | None
"""Where a line of a comment stands in the text, from its `#`; None for an empty line between two."""


class Comment(NamedTuple):
    """Lines of comments that belong together.

    Attributes:
        kind: what yaml.v3 takes it for.
        mark: the first token that starts here or later gets it.
        lines: see `Line`.
    """

    kind: Literal["head", "line", "foot"]
    mark: int
    lines: list[Line]


class Run(NamedTuple):
    """Where a comment between two tokens starts, in columns from 1, and where the search for it ended."""

    start: int
    column: int
    end: int


BLANKS = " \t"
BREAKS = "\r\n\x85\u2028\u2029"
LOOKAHEAD = 512  # bytes
_WIDE_BREAKS = frozenset("\x85\u2028\u2029")
_WHITE = BLANKS + BREAKS
_EACH_BREAK = re.compile(f"\r\n|[{BREAKS}]")
_RUN = re.compile(rf"[{BLANKS}]+|\n+|[{BREAKS}]")
_REST_OF_LINE = re.compile(f"[^{BREAKS}]*")


class Lines:
    """The lines of a text by position."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in _EACH_BREAK.finditer(text))]

    def number(self, position: int) -> int:
        """The line that holds a position, from 0."""
        return bisect_right(self._starts, position) - 1

    def column(self, position: int) -> int:
        """How many characters stand before a position on its line."""
        return position - self._starts[self.number(position)]


class Before(NamedTuple):
    """What the scanner knows where it finds comments.

    Attributes:
        mark: start of the token that a foot belongs to.
        is_value: whether that token is the `:` behind a key.
        last: start of the last token.
        scan_mark: where the scanner stood behind it.
        indent: column of the block that is open, 0 at the top.
        in_flow: whether a flow collection is open.
    """

    mark: int
    is_value: bool
    last: int
    scan_mark: int
    indent: int
    in_flow: bool


class Gap:
    """The comments from one position on, up to a token or to where yaml.v3 gives up looking for more.

    Attributes:
        comments: what was found, in order.
        runs: where those stand.
        end: the position behind the last comment.
    """

    def __init__(self, text: str, lines: Lines, position: int, before: Before) -> None:
        self.comments: list[Comment] = []
        self.runs: list[Run] = []
        self._text = text
        self._before = before
        self._mark = before.mark
        breaks = _breaks_before(text, lines, position, before.last)
        self._first_empty = breaks <= 1
        self._recent_empty = False
        # What stands directly below the first line of a text is no foot, unless that ends in a plain scalar.
        self._is_below = breaks == 1 and lines.number(before.scan_mark) > 0 and not before.is_value
        self._lines: list[Line] = []
        self._start = self._column = 0  # of the comment that `_lines` begins with
        self.end = self._search(lines.column(position), position)

    def _search(self, column: int, position: int) -> int:
        text = self._text
        at, limit = position, position + LOOKAHEAD
        while at < limit:
            sign = text[at : at + 1]
            if at > position and text[at - 1 : at] in _WIDE_BREAKS:
                sign = "?"  # the second byte of that break, which is no blank
            if sign == "#":
                self._at_content(at, column + 1)
                position = self._take(at, column + 1)
                # One character is skipped as the break: of a CRLF, the other is an empty line.
                column = 0
                at, limit = position + 1, position + LOOKAHEAD
            elif run := _RUN.match(text, at, limit) if sign and sign in _WHITE else None:
                if sign in BLANKS:
                    column += len(run[0])
                else:
                    self._at_break(at)
                    column = 0
                at = run.end()
            else:
                if not sign or (sign in "]}" and self._before.in_flow):
                    self._at_end(at, in_flow=bool(sign))
                else:
                    self._at_content(at, column + 1)
                break
        if self._lines:
            self._close("head", self._start, at - 1)
        return position

    def _take(self, at: int, column: int) -> int:
        """Add the line of a comment; returns its end."""
        end = _REST_OF_LINE.match(self._text, at).end()  # type: ignore[union-attr]
        if not self._lines:
            self._start, self._column = at, column
        self._lines.append((at, end))
        self._recent_empty = False
        return end

    def _at_content(self, at: int, column: int) -> None:
        """What is less deep than the open block, and not below the comment, makes that a foot."""
        if self._lines and column - 1 < self._before.indent and column != self._column:
            self._close("foot", self._mark, at)

    def _at_break(self, at: int) -> None:
        """The first empty line behind a comment may make it a foot."""
        if self._lines and not self._recent_empty:
            if self._is_foot():
                self._close_foot(at)
            else:
                self._lines.append(None)
        self._first_empty = False
        self._recent_empty = True

    def _at_end(self, at: int, *, in_flow: bool) -> None:
        """What stands before the end of a flow collection is a foot; at the end of the text it may be."""
        if self._lines and (in_flow or (not self._recent_empty and self._is_foot())):
            self._close_foot(at)

    def _is_foot(self) -> bool:
        return self._first_empty and (self._is_below or self._is_dedented())

    def _is_dedented(self) -> bool:
        return self._column - 1 < self._before.indent

    def _close_foot(self, at: int) -> None:
        self._close("foot", self._start if self._is_dedented() else self._mark, at)

    def _close(self, kind: Literal["head", "foot"], mark: int, at: int) -> None:
        self.comments.append(Comment(kind, mark, self._lines))
        self.runs.append(Run(self._start, self._column, at))
        self._mark = at
        self._lines = []


def _breaks_before(text: str, lines: Lines, position: int, last: int) -> int:
    """How many breaks are between a position and what is not white before it, at the earliest a token."""
    filled = last + len(text[last:position].rstrip(_WHITE))
    return lines.number(position) - lines.number(filled)
