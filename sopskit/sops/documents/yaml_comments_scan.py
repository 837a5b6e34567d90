"""Where go-yaml's scanner sees comments: tokens and comments of a YAML text, with their marks.

sops reads with yaml.v3 (go.yaml.in/yaml/v3 v3.0.4), whose scanner is libyaml's with comments added. So the
tokens are taken from libyaml, and what yaml.v3 adds is done here: scannerc.go, `yaml_parser_scan_comments`,
`yaml_parser_scan_line_comment`, `yaml_parser_unroll_indent` and what calls them. Every oddity counts, since
a comment's place is part of what its encryption authenticates.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from yaml.tokens import (
    BlockEndToken,
    BlockEntryToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    DirectiveToken,
    DocumentEndToken,
    DocumentStartToken,
    FlowEntryToken,
    FlowMappingEndToken,
    FlowMappingStartToken,
    FlowSequenceEndToken,
    FlowSequenceStartToken,
    KeyToken,
    ScalarToken,
    StreamStartToken,
    ValueToken,
)

from sopskit.sops.documents.yaml_comments_gap import (
    BLANKS,
    BREAKS,
    LOOKAHEAD,
    Before,
    Comment,
    Gap,
    Line,
    Lines,
    Run,
)
from sopskit.text import libyaml


class Scan(NamedTuple):
    """The tokens of a text, as classes of `yaml.tokens` and positions, and its comments in order.

    `directives` are comments behind a directive, which yaml.v3 skips.
    """

    kinds: list[type]
    starts: list[int]
    comments: list[Comment]
    directives: list[Line]


def scan(text: str) -> Scan:
    """Cut a text into tokens and comments.

    Raises:
        yaml.YAMLError: the text cannot be cut into tokens.
    """
    return _Scanner(text).run()


_WHITE = re.compile(f"[{BLANKS}{BREAKS}]*")
_INDENTATION = re.compile(f"[ {BREAKS}]*")
_DIRECTIVE_LINE = re.compile(f"[^{BREAKS}]*(?:\r\n|[{BREAKS}])?")
_LINE_COMMENT = re.compile(rf"[{BLANKS}]{{0,{LOOKAHEAD - 1}}}(#[^{BREAKS}]*)")
_BLOCK_HEADER = re.compile(rf"[|>][0-9+-]*[{BLANKS}]*(#[^{BREAKS}]*)")

_OPENING = frozenset({BlockMappingStartToken, BlockSequenceStartToken})
_WITHOUT_LINE_COMMENT = frozenset(
    {StreamStartToken, DocumentStartToken, DocumentEndToken, DirectiveToken, BlockEntryToken}
)
_FLOW = {
    FlowSequenceStartToken: 1,
    FlowMappingStartToken: 1,
    FlowSequenceEndToken: -1,
    FlowMappingEndToken: -1,
}
_BLOCK_STYLES = ("|", ">")


class _Scanner:
    """Puts tokens and comments together; `_kinds` and `_starts` end with the last token that was seen."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = Lines(text)
        self._kinds: list[type] = [StreamStartToken]
        self._starts = [0]
        self._end = 0  # of the last token
        self._style: str | None = None  # of the last scalar: "" if plain
        self._comments: list[Comment] = []
        self._directives: list[Line] = []
        self._indents = [-1]
        self._flow = 0
        self._runs: list[Run] = []  # in the gap before the next token

    def run(self) -> Scan:
        text, kinds, starts = self._text, self._kinds, self._starts
        opened: list[tuple[type, int, int]] = []
        ends = 0
        sign = _find(text, 0)
        tokens = libyaml.tokens(text)
        next(tokens)  # the start of the stream
        for token in tokens:
            kind = type(token)
            start = token.start_mark.index
            end = token.end_mark.index
            if kind is BlockEndToken:
                ends += 1
                continue
            if kind in _OPENING or (start == end and kind is KeyToken):
                opened.append((kind, start, token.start_mark.column))
                continue
            if sign < start or ends:
                scan_mark = self._gap(start)
                if ends:
                    self._unroll(ends, start, scan_mark)
                    ends = 0
                sign = _find(text, start)
            if opened:
                self._open(opened)
                opened = []
            kinds.append(kind)
            starts.append(start)
            self._end = end
            self._style = (token.style or "") if kind is ScalarToken else None
            if kind in _FLOW:
                self._flow += _FLOW[kind]
            if sign < end:
                self._block_header(start)
                sign = _find(text, end)
        return Scan(kinds, starts, self._comments, self._directives)

    def _open(self, opened: list[tuple[type, int, int]]) -> None:
        """Add tokens that libyaml puts before the one that makes them known."""
        for kind, start, column in opened:
            self._kinds.append(kind)
            self._starts.append(start)
            if kind is not KeyToken:
                self._indents.append(column)

    def _unroll(self, ends: int, start: int, scan_mark: int) -> None:
        """Add the ends of blocks, each before the comments that stand as deep as the block did."""
        column = self._lines.column(start)
        mark = scan_mark - 1
        runs = {run.column: run.start for run in reversed(self._runs)}
        for _ in range(ends):
            indent = self._indents.pop()
            if indent <= column:  # the end of a document, which ends the others in a second round
                column = -2
                mark = start - 1
                if self._runs and self._runs[-1].end < mark:
                    runs = {}
            mark = runs.get(indent + 1, mark)
            self._kinds.append(BlockEndToken)
            self._starts.append(mark)

    def _block_header(self, start: int) -> None:
        """Find the comment behind the `|` or `>` of a scalar."""
        if self._style in _BLOCK_STYLES and (found := _BLOCK_HEADER.match(self._text, start)):
            self._comments.append(Comment("line", start, [found.span(1)]))

    def _gap(self, end: int) -> int:
        """Find the comments before the next token; returns where the scanner stood behind the last one."""
        self._runs = []
        position = self._resumed()
        if self._may_have_line_comment(position) and (found := _LINE_COMMENT.match(self._text, position)):
            self._comments.append(Comment("line", self._line_owner(), [found.span(1)]))
            position = found.end()
        scan_mark = position
        while (position := _skip(_WHITE, self._text, position)) < end and self._text[position] == "#":
            gap = Gap(self._text, self._lines, position, self._before(scan_mark))
            self._comments += gap.comments
            self._runs += gap.runs
            position = gap.end
        return scan_mark

    def _resumed(self) -> int:
        """Where the scanner stands behind the last token: it has skipped what could be part of a scalar."""
        if self._style == "":
            return _skip(_WHITE, self._text, self._end)
        if self._style in _BLOCK_STYLES:
            return _skip(_INDENTATION, self._text, self._end)
        if self._kinds[-1] is DirectiveToken:
            return self._skip_directive()
        return self._end

    def _skip_directive(self) -> int:
        if found := _LINE_COMMENT.match(self._text, self._end):
            self._directives.append(found.span(1))
        return _skip(_DIRECTIVE_LINE, self._text, self._end)

    def _may_have_line_comment(self, position: int) -> bool:
        if self._kinds[-1] in _WITHOUT_LINE_COMMENT or self._style in _BLOCK_STYLES:
            return False
        return self._lines.number(position) == self._lines.number(self._end)

    def _line_owner(self) -> int:
        """The token that gets a comment on its line; behind a `:` or `,` it is the one before."""
        sign = "," if self._flow else ":"
        return self._starts[-2 if self._text.startswith(sign, self._starts[-1]) else -1]

    def _before(self, scan_mark: int) -> Before:
        owner = -2 if self._kinds[-1] is FlowEntryToken else -1
        return Before(
            mark=self._starts[owner],
            is_value=self._kinds[owner] is ValueToken,
            last=self._starts[-1],
            scan_mark=scan_mark,
            indent=max(self._indents[-1], 0),
            in_flow=self._flow > 0,
        )


def _find(text: str, position: int) -> int:
    """Where the next `#` stands; behind everything where there is none."""
    found = text.find("#", position)
    return found if found >= 0 else len(text) + 1


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
