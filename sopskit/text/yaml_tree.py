"""A YAML text as a tree of nodes that know their exact place in it: what a span edit needs.

The tree is built from a parser's events, see `yaml_events`. Nothing is resolved: a scalar is its text, an
alias stays an alias, a merge key is a key. Positions index the text as given, with its byte order mark and
its CRLF line ends. Two things differ from the parser's own marks: a block collection ends behind its last
item, not at the next token, and properties (`&anchor`, `!tag`) have spans of their own.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError
from sopskit.text.splice import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 4 << 20


class Anchor(NamedTuple):
    """The `&name` before a node; the span includes the `&`."""

    name: str
    span: Span


class Properties(NamedTuple):
    """What may stand before a node's content."""

    anchor: Anchor | None = None
    tag: str | None = None


class Scalar(NamedTuple):
    """A scalar.

    Attributes:
        value: its text, unquoted and unfolded.
        style: "" for a plain one, else one of `'`, `"`, `|`, `>`.
        span: with the properties; a block scalar ends behind its last line, without the line end.
        content: without the properties, with the quotes.
        properties: anchor and tag.
    """

    value: str
    style: str
    span: Span
    content: Span
    properties: Properties = Properties()

    def __repr__(self) -> str:
        return f"Scalar({self.span})"  # somebody may have pasted a private key


class Alias(NamedTuple):
    """A `*name`; `target` is where the `&name` it means starts, see `Document.target`."""

    name: str
    span: Span
    target: int


class Sequence(NamedTuple):
    """A list; `dashes` holds the position of each item's dash, and is empty for a flow list."""

    items: tuple[Node, ...]
    dashes: tuple[int, ...]
    flow: bool
    span: Span
    content: Span
    properties: Properties = Properties()


class Pair(NamedTuple):
    """A key of a mapping and its value."""

    key: Node
    value: Node

    @property
    def span(self) -> Span:
        """From the start of the key to the end of the value."""
        return Span(self.key.span.start, self.value.span.end)


class Mapping(NamedTuple):
    """A mapping, its pairs in the order of the text."""

    pairs: tuple[Pair, ...]
    flow: bool
    span: Span
    content: Span
    properties: Properties = Properties()


Content = Scalar | Sequence | Mapping
Node = Content | Alias


class Document:
    """A parsed text.

    Args:
        text: the whole text.
        path: the file's name in errors.
        roots: one for each YAML document that has content.
        anchored: the nodes that aliases may stand for, by where their anchors start.
    """

    def __init__(self, text: str, path: str, roots: tuple[Node, ...], anchored: dict[int, Content]) -> None:
        self.text = text
        self.path = path
        self.roots = roots
        self.anchored = anchored

    @cached_property
    def _newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    def line(self, position: int) -> int:
        """Line number of a position, counting from 1."""
        return bisect_left(self._newlines, position) + 1

    def target(self, alias: Alias) -> Content:
        """The node that an alias stands for."""
        return self.anchored[alias.target]

    def resolved(self, node: Node) -> Content:
        """The node itself, or what it stands for if it is an alias."""
        return self.target(node) if isinstance(node, Alias) else node


def anchor_of(node: Node) -> Anchor | None:
    """The anchor that a node defines; an alias defines none."""
    return None if isinstance(node, Alias) else node.properties.anchor


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly inside a node, in the order of the text; aliases are not followed."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Mapping):
        return tuple(child for pair in node.pairs for child in pair)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything inside it, in the order of the text; aliases are not followed."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))


def get(node: Node, key: str) -> Node | None:
    """The value of a mapping's key, or None where there is none or the node is no mapping."""
    if isinstance(node, Mapping):
        for pair in node.pairs:
            if isinstance(pair.key, Scalar) and pair.key.value == key:
                return pair.value
    return None


def parse(text: str, path: str) -> Document:
    """Parse a YAML text of one or more documents.

    Args:
        text: the text; a leading U+FEFF is a byte order mark.
        path: the file's name in errors.

    Raises:
        ConfigurationError: it is not YAML, an alias has no anchor, or the text is too large, too deep or
            has too many nodes.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigurationError(
            f"the file is too large: more than {MAX_CHARACTERS >> 20} million characters",
            hint="is it the right file?",
            path=path,
        )
    from sopskit.text import yaml_events  # imports the parser, which not every command needs

    return yaml_events.document(text, path)
