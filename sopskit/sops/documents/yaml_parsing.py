"""From a YAML text to its nodes, by way of libyaml's events; what sops refuses is refused.

`sopskit.text.yaml_tree` does the like for `.sops.yaml`, where nothing is resolved. This is leaner, since a
secret file may have 100,000 values.

Source: go.yaml.in/yaml/v3, decode.go: duplicate keys and values that are not what their tag says are
errors in the first document only, since sops decodes that one twice (stores/yaml/store.go, `LoadPlainFile`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.sops.documents.yaml_nodes import (
    MAX_DEPTH,
    TOO_MANY_ALIASES,
    Alias,
    Mapping,
    Node,
    Root,
    Scalar,
    Sequence,
    broken,
    is_merge,
    is_mergeable,
    too_deep,
)
from sopskit.sops.documents.yaml_resolve import UnresolvableError, resolve
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.errors import BrokenFileError
    from sopskit.sops.values import Value

# go-yaml's measure, which is taken on the way (see yaml_leaves), lets no text pass that has more of them.
_MAX_BY_ALIASES = 1_300_000


def parse(text: str) -> list[Root]:
    """The documents of a text.

    Raises:
        BrokenFileError: it is no YAML, or none that sops takes.
    """
    import yaml

    from sopskit.text import libyaml

    # libyaml does not count a byte order mark, so it is left out and added to every position.
    builder = _Builder(text, int(text.startswith("\ufeff")))
    try:
        handlers = builder.handlers()
        for event in libyaml.events(text[builder.offset :]):
            handlers[type(event).__name__](event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = None if mark is None else text.count("\n", 0, mark.index + builder.offset) + 1
        # libyaml's own words, which never quote the file.
        raise broken(f"is no valid YAML: {error.problem or 'syntax error'}", line) from None
    except (yaml.YAMLError, ValueError):
        raise _character_error(text) from None
    return builder.roots


# YAML 1.1, 5.1: what no YAML text may hold.
_NOT_PRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_PROPERTY = re.compile(r"&[0-9A-Za-z_-]+|!<[^>\s]*>|![^\s\[\]{},]*")
_GAP = re.compile(r"[ \t\r\n]*(?:#[^\n]*[ \t\r\n]*)*")
_COLON = re.compile(r"\s*:")


def _character_error(text: str) -> BrokenFileError:
    found = _NOT_PRINTABLE.search(text)
    line = None if found is None else splice.line_of(text, found.start())
    return broken("is no valid YAML: a control character", line)


class _Frame(NamedTuple):
    """A collection whose end has not been seen yet."""

    mapping: bool
    flow: bool
    anchor: str | None
    start: int
    content: int
    children: list[Node]
    before: int  # how many nodes, aliases expanded


class _Builder:
    """Turns the parser's events into nodes, without recursion."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.offset = offset
        self.roots: list[Root] = []
        self._stack: list[_Frame] = []
        self._children: list[Node] = []  # of the innermost collection
        # Anchors outlive their document, as in go-yaml; None while the node is open.
        self._anchors: dict[str, Node | None] = {}
        # How many nodes there are, all that aliases stand for included, and how many a name stands for.
        self._count = self._by_aliases = 0
        self._sizes: dict[str, int] = {}
        self._start = 0

    def handlers(self) -> dict[str, Callable[[Any], None]]:
        """What is done with each class of event."""
        return {
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "MappingStartEvent": self._open,
            "SequenceStartEvent": self._open,
            "MappingEndEvent": self._close,
            "SequenceEndEvent": self._close,
            "DocumentStartEvent": self._document,
            "DocumentEndEvent": self._document_end,
            "StreamStartEvent": lambda _event: None,
        }

    def _document(self, event: Any) -> None:
        if event.version is not None and tuple(event.version) != (1, 1):
            raise self.error("has a %YAML directive of another version than 1.1", event.start_mark.index)
        self._children = []
        self._start = event.start_mark.index + self.offset

    def _document_end(self, event: Any) -> None:
        node = self._children[0]
        held = node.target if isinstance(node, Alias) else node
        if not isinstance(held, Mapping) and not (isinstance(held, Scalar) and held.value is None):
            raise self.error("holds no mapping at the top", held.start - self.offset)
        self.roots.append(Root(node, self._start, event.start_mark.index + self.offset))

    def _scalar(self, event: Any) -> None:
        start = content = event.start_mark.index + self.offset
        text, tag, anchor, style = event.value, event.tag, event.anchor, event.style or ""
        end = event.end_mark.index + self.offset
        if tag is not None or anchor is not None:
            content, last = self._behind_properties(start)
            if not style and not text:
                content = end = last
        elif not style and not text:
            start = content = end = self._empty_position(start)
        if not style and "?" in text and self._stack and self._stack[-1].flow:
            # libyaml takes it since 0.2.5, go-yaml does not.
            raise self.error("has a ? inside braces or brackets: quote the text", start - self.offset)
        try:
            value: Value = text if style and tag is None else resolve(text, style, tag)
        except UnresolvableError:
            if not self.roots:
                raise self.error("has a value that is not what its tag says", start - self.offset) from None
            value = None
        if type(value) is int and value >= 1 << 63:
            raise self.error(
                "has a number that is too large: sops holds integers in 64 bits", start - self.offset
            )
        node = Scalar(text, value, style, tag, anchor, start, content, end)
        self._count += 1
        if anchor is not None:
            self._anchors[anchor] = node
            self._sizes[anchor] = 1
        self._children.append(node)

    def _empty_position(self, start: int) -> int:
        """Where an empty scalar stands: the parser puts that of a flow mapping at the next token."""
        frame = self._stack[-1] if self._stack else None
        if frame is None or not (frame.flow and frame.mapping and len(self._children) % 2):
            return start
        key_end = self._children[-1].end
        colon = _COLON.match(self.text, key_end)
        return key_end if colon is None else colon.end()

    def _behind_properties(self, position: int) -> tuple[int, int]:
        """Where the content starts, and where the properties before it end."""
        end = position
        while match := _PROPERTY.match(self.text, position):
            end = match.end()
            gap = _GAP.match(self.text, end)
            position = end if gap is None else gap.end()
        return position, end

    def _alias(self, event: Any) -> None:
        start, name = event.start_mark.index, event.anchor
        if name not in self._anchors:
            raise self.error("has an alias without an anchor before it", start)
        target = self._anchors[name]
        if target is None:
            raise self.error("has an alias inside its own anchor", start)
        self._count += self._sizes[name]
        self._by_aliases += self._sizes[name]
        if self._by_aliases > _MAX_BY_ALIASES:
            raise self.error(TOO_MANY_ALIASES, start)
        self._children.append(Alias(target, name, start + self.offset, event.end_mark.index + self.offset))

    def _open(self, event: Any) -> None:
        start = content = event.start_mark.index + self.offset
        if event.tag is not None or event.anchor is not None:
            content, _ = self._behind_properties(start)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        mapping = type(event).__name__ == "MappingStartEvent"
        self._stack.append(
            _Frame(mapping, bool(event.flow_style), event.anchor, start, content, self._children, self._count)
        )
        self._count += 1
        self._children = []
        if len(self._stack) > MAX_DEPTH:
            raise too_deep(splice.line_of(self.text, start))

    def _close(self, event: Any) -> None:
        mapping, flow, anchor, start, content, outer, before = self._stack.pop()
        children = self._children
        end = event.end_mark.index + self.offset if flow or not children else children[-1].end
        node: Node
        if mapping:
            pairs = list(zip(children[::2], children[1::2], strict=True))
            if not self.roots:
                self._check(pairs)
            node = Mapping(pairs, flow, anchor, start, content, end)
        else:
            node = Sequence(children, flow, anchor, start, content, end)
        if anchor is not None and self._anchors[anchor] is None:  # else it was given anew within
            self._anchors[anchor] = node
            self._sizes[anchor] = self._count - before
        self._children = outer
        outer.append(node)

    def _check(self, pairs: list[tuple[Node, Node]]) -> None:
        """Refuse what go-yaml refuses in the first document: a key twice, and a merge of no mapping."""
        texts = {key.text for key, _ in pairs if type(key) is Scalar}
        if len(texts) == len(pairs) and "<<" not in texts:
            return  # as nearly all are
        seen = set()
        for key, value in pairs:
            identity = (type(key), key.name if isinstance(key, Alias) else getattr(key, "text", ""))
            if identity in seen:
                raise self.error("has a key twice in one mapping", key.start - self.offset)
            seen.add(identity)
            if is_merge(key) and not is_mergeable(value):
                raise self.error("has a merge key << without a mapping", key.start - self.offset)

    def error(self, message: str, position: int) -> BrokenFileError:
        """An error at a position of the parser."""
        return broken(message, splice.line_of(self.text, position + self.offset))
