"""What yaml.v3's parser works with: tokens, the comments gathered with them, and the nodes they go to.

See `yaml_comments_attach` for its productions. As in yaml.v3 (go.yaml.in/yaml/v3 v3.0.4, parserc.go,
`peek_token` and `yaml_parser_unfold_comments`) a look at a token gathers the comments up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.tokens import BlockEndToken

from sopskit.sops.documents.yaml_comments_tree import NONE, Collection, Comments

if TYPE_CHECKING:
    from sopskit.sops.documents.yaml_comments_gap import Line
    from sopskit.sops.documents.yaml_comments_scan import Scan


class TokensAndNodes:
    """The state of a parser: `_at` is the next token, `_open` are the collections around it."""

    def __init__(self, scan: Scan) -> None:
        self._kinds, self._starts, self._comments, _ = scan
        self._at = 0
        self._next_comment = 0
        self._next_mark = self._mark()
        self._head: list[Line] = []
        self._line: list[Line] = []
        self._foot: list[Line] = []
        self._open: list[Collection] = []
        self._root = Collection(0, [], is_mapping=False, is_block=True)

    def _mark(self) -> int:
        if self._next_comment < len(self._comments):
            return self._comments[self._next_comment].mark
        return self._starts[-1] + 1

    def _peek(self) -> type:
        """The next token; comments that belong to it or to what came before are gathered."""
        at = self._at
        kind = self._kinds[at]
        if self._starts[at] >= self._next_mark:
            self._gather(self._starts[at], is_end=kind is BlockEndToken)
        return kind

    def _gather(self, start: int, *, is_end: bool) -> None:
        while start >= self._next_mark:
            comment = self._comments[self._next_comment]
            if comment.kind == "head":
                if is_end:  # it waits for a token that begins something
                    return
                self._head += comment.lines
            elif comment.kind == "foot":
                self._foot += comment.lines
            else:
                self._line += comment.lines
            self._next_comment += 1
            self._next_mark = self._mark()

    def _take(self) -> Comments:
        """The comments that were gathered, for an event that has them."""
        if not (self._head or self._line or self._foot):
            return NONE
        taken = Comments(self._head, self._line, self._foot)
        self._head, self._line, self._foot = [], [], []
        return taken

    def _scalar(self, start: int, comments: Comments) -> None:
        if self._open:
            self._open[-1].scalar(comments)
        else:
            self._root = Collection(start, [], is_mapping=False, is_block=True)
            self._root.surround(*comments)

    def _empty(self) -> None:
        self._scalar(self._starts[self._at], NONE)

    def _start(self, head: list[Line], *, is_mapping: bool, is_block: bool) -> None:
        start = self._starts[self._at]
        self._open.append(Collection(start, head, is_mapping=is_mapping, is_block=is_block))

    def _end(self, line: list[Line], foot: list[Line]) -> None:
        closed = self._open.pop()
        foot = closed.complete(foot)
        if self._open:
            self._open[-1].collection(closed, line, foot)
        else:
            closed.surround(closed.head, line, foot)
            self._root = closed
