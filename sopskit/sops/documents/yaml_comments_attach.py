"""Which node of a YAML text each comment belongs to, as yaml.v3 has it.

The productions are those of libyaml's parser, and yaml.v3 (go.yaml.in/yaml/v3 v3.0.4, parserc.go) gathers
comments while it looks at tokens, see `yaml_comments_events`. It hands them to some events: scalars, aliases,
the starts and ends of flow collections, the ends of block mappings and of documents. What no such event takes
waits for the next one that does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yaml.tokens import (
    AliasToken,
    AnchorToken,
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
    StreamEndToken,
    TagToken,
    ValueToken,
)

from sopskit.errors import BrokenFileError
from sopskit.sops.documents.yaml_comments_events import TokensAndNodes
from sopskit.sops.documents.yaml_comments_tree import NONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.sops.documents.yaml_comments_gap import Line
    from sopskit.sops.documents.yaml_comments_scan import Scan
    from sopskit.sops.documents.yaml_comments_tree import Collection


def attach(scan: Scan) -> list[Collection]:
    """The roots of a text's documents, with their comments; a document that is null is an empty one.

    Raises:
        BrokenFileError: the tokens are no YAML.
    """
    return _Parser(scan).run()


_NO_CONTENT = frozenset({DirectiveToken, DocumentStartToken, DocumentEndToken, StreamEndToken})
_AFTER_ENTRY = frozenset({BlockEntryToken, BlockEndToken})
_AFTER_INDENTLESS_ENTRY = frozenset({BlockEntryToken, KeyToken, ValueToken, BlockEndToken})
_AFTER_KEY = frozenset({KeyToken, ValueToken, BlockEndToken})
_AFTER_PAIR_KEY = frozenset({ValueToken, FlowEntryToken, FlowSequenceEndToken})
_AFTER_PAIR_VALUE = frozenset({FlowEntryToken, FlowSequenceEndToken})
_AFTER_FLOW_KEY = frozenset({ValueToken, FlowEntryToken, FlowMappingEndToken})
_AFTER_FLOW_VALUE = frozenset({FlowEntryToken, FlowMappingEndToken})
_PROPERTIES = frozenset({AnchorToken, TagToken})
_BLOCK_STARTS = frozenset({BlockSequenceStartToken, BlockMappingStartToken})


class _Parser(TokensAndNodes):
    """A state machine without recursion: `_states` holds what is still to be parsed, the next one last."""

    def __init__(self, scan: Scan) -> None:
        super().__init__(scan)
        self._states: list[Callable[[], None]] = []

    # --- documents ---

    def run(self) -> list[Collection]:
        self._peek()
        self._at = 1  # behind the start of the stream
        roots = []
        if self._peek() not in _NO_CONTENT:
            roots.append(self._document(self._implicit_head(), self._block_node))
        while self._next_document():
            roots.append(self._document([], self._content))
        return roots

    def _next_document(self) -> bool:
        """Go behind the next `---`, if there is one."""
        while (kind := self._peek()) is DocumentEndToken or kind is DirectiveToken:
            self._at += 1
        self._at += 1
        if kind is not DocumentStartToken and kind is not StreamEndToken:
            raise BrokenFileError("this is not valid YAML")
        return kind is DocumentStartToken

    def _implicit_head(self) -> list[Line]:
        """What of the comments before a document without `---` is its own: all to the last empty line."""
        for empty in range(len(self._head) - 1, 0, -1):
            if self._head[empty] is None:
                head, self._head = self._head[:empty], self._head[empty + 1 :]
                return head
        return []

    def _document(self, head: list[Line], state: Callable[[], None]) -> Collection:
        self._states.append(state)
        while self._states:
            self._states.pop()()
        if self._peek() is DocumentEndToken:
            self._at += 1
        end = self._take()
        self._root.surround(head, [], end.foot or end.head)
        return self._root

    def _content(self) -> None:
        kind = self._peek()
        if kind in _NO_CONTENT:
            self._empty()
        else:
            self._node(kind, block=True)

    # --- nodes ---

    def _block_node(self) -> None:
        self._node(self._peek(), block=True)

    def _node(
        self, kind: type, *, block: bool, indentless: bool = False, stem: list[Line] | None = None
    ) -> None:
        """A node that begins with a token of that kind, which was looked at."""
        first = self._at
        while kind in _PROPERTIES:
            self._at += 1
            kind = self._peek()
        if kind is ScalarToken or kind is AliasToken:
            self._at += 1
            self._scalar(self._starts[self._at - 1], self._take())
        elif kind is BlockEntryToken and indentless:
            self._begin(self._indentless_entry, [], is_mapping=False, is_block=True)
        elif kind is FlowSequenceStartToken:
            self._begin(self._first_flow_entry, self._take().head, is_mapping=False, is_block=False)
            self._at += 1
        elif kind is FlowMappingStartToken:
            self._begin(self._first_flow_key, self._take().head, is_mapping=True, is_block=False)
            self._at += 1
        elif kind is BlockSequenceStartToken and block:
            self._begin(self._block_entry, stem or [], is_mapping=False, is_block=True)
            self._at += 1
        elif kind is BlockMappingStartToken and block:
            self._begin(self._block_key, stem or [], is_mapping=True, is_block=True)
            self._at += 1
        elif self._at > first:
            self._scalar(self._starts[first], NONE)  # properties alone are an empty scalar
        else:
            raise BrokenFileError("this is not valid YAML")

    def _begin(
        self, state: Callable[[], None], head: list[Line], *, is_mapping: bool, is_block: bool
    ) -> None:
        self._start(head, is_mapping=is_mapping, is_block=is_block)
        self._states.append(state)

    # --- block collections ---

    def _block_entry(self) -> None:
        kind = self._peek()
        if kind is BlockEntryToken:
            self._entry(self._block_entry, _AFTER_ENTRY)
        elif kind is BlockEndToken:
            self._at += 1
            self._end([], [])
        else:
            raise BrokenFileError("this is not valid YAML")

    def _indentless_entry(self) -> None:
        if self._peek() is BlockEntryToken:
            self._entry(self._indentless_entry, _AFTER_INDENTLESS_ENTRY)
        else:
            self._end([], [])

    def _entry(self, next_state: Callable[[], None], empty_before: frozenset[type]) -> None:
        """An item: the comments before its `-` are those of a collection in it, not of that's first child."""
        self._states.append(next_state)
        known = len(self._head)
        self._at += 1
        kind = self._peek()
        if kind in empty_before:
            self._empty()
            return
        stem = None
        if known and kind in _BLOCK_STARTS:
            stem, self._head = self._head[:known], self._head[known:]
        self._node(kind, block=True, stem=stem)

    def _block_key(self) -> None:
        kind = self._peek()
        self._at += 1
        if kind is KeyToken:
            self._states.append(self._block_value)
            self._block_part()
        elif kind is BlockEndToken:
            end = self._take()
            self._end(end.line, end.foot)
        else:
            raise BrokenFileError("this is not valid YAML")

    def _block_value(self) -> None:
        self._states.append(self._block_key)
        if self._peek() is ValueToken:
            self._at += 1
            self._block_part()
        else:
            self._empty()

    def _block_part(self) -> None:
        kind = self._peek()
        if kind in _AFTER_KEY:
            self._empty()
        else:
            self._node(kind, block=True, indentless=True)

    # --- flow collections ---

    def _flow_end(self) -> None:
        self._at += 1
        end = self._take()
        self._end(end.line, end.foot)

    def _after_comma(self) -> type:
        if self._peek() is not FlowEntryToken:
            raise BrokenFileError("this is not valid YAML")
        self._at += 1
        return self._peek()

    def _first_flow_entry(self) -> None:
        self._flow_entry_of(self._peek())

    def _flow_entry(self) -> None:
        kind = self._peek()
        self._flow_entry_of(kind if kind is FlowSequenceEndToken else self._after_comma())

    def _flow_entry_of(self, kind: type) -> None:
        if kind is FlowSequenceEndToken:
            self._flow_end()
            return
        self._states.append(self._flow_entry)
        if kind is KeyToken:
            self._begin(self._pair_key, [], is_mapping=True, is_block=False)
            self._at += 1
        else:
            self._node(kind, block=False)

    def _pair_key(self) -> None:
        self._states.append(self._pair_value)
        kind = self._peek()
        if kind in _AFTER_PAIR_KEY:
            self._at += 1  # libyaml skips it here
            self._empty()
        else:
            self._node(kind, block=False)

    def _pair_value(self) -> None:
        self._states.append(self._pair_end)
        self._flow_value_before(_AFTER_PAIR_VALUE)

    def _pair_end(self) -> None:
        self._peek()
        self._end([], [])

    def _first_flow_key(self) -> None:
        self._flow_key_of(self._peek())

    def _flow_key(self) -> None:
        kind = self._peek()
        self._flow_key_of(kind if kind is FlowMappingEndToken else self._after_comma())

    def _flow_key_of(self, kind: type) -> None:
        if kind is FlowMappingEndToken:
            self._flow_end()
        elif kind is not KeyToken:
            self._states.append(self._no_flow_value)
            self._node(kind, block=False)
        else:
            self._at += 1
            self._states.append(self._flow_value)
            kind = self._peek()
            if kind in _AFTER_FLOW_KEY:
                self._empty()
            else:
                self._node(kind, block=False)

    def _flow_value(self) -> None:
        self._states.append(self._flow_key)
        self._flow_value_before(_AFTER_FLOW_VALUE)

    def _no_flow_value(self) -> None:
        self._states.append(self._flow_key)
        self._peek()
        self._empty()

    def _flow_value_before(self, ends: frozenset[type]) -> None:
        if self._peek() is ValueToken:
            self._at += 1
            kind = self._peek()
            if kind not in ends:
                self._node(kind, block=False)
                return
        self._empty()
