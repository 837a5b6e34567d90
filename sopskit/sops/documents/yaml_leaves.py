"""From the nodes of a YAML text to leaves, in the order of sops.

Source: getsops/sops, stores/yaml/store.go (`nodeToTreeValue`, `appendYamlNodeToTreeBranch`) and sops.go
(`walkBranch`, `walkSlice`): comments stand among keys and items, aliases are expanded, merge keys are keys.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import Leaf
from sopskit.sops.documents.in_force import InForce
from sopskit.sops.documents.yaml_nodes import (
    MAX_DEPTH,
    TOO_MANY_ALIASES,
    Alias,
    Mapping,
    Scalar,
    Sequence,
    broken,
    too_deep,
)
from sopskit.sops.documents.yaml_shapes import ListShape, MapShape, Remark, Shape
from sopskit.text import splice

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterable, Iterator

    from sopskit.sops.documents.yaml_comments import Placed
    from sopskit.sops.documents.yaml_nodes import Node, Root

    Texts = collections.abc.Sequence[str]

# Characters that aliases may add to a text; go-yaml counts nodes only, whatever their length.
_MAX_ALIASED_TEXT = 1 << 26


class Use(NamedTuple):
    """A place where an alias stands.

    Attributes:
        alias: the node.
        first: number of the first of its leaves.
        end: behind the last of them.
        target: number of the first leaf of what it stands for.
        shape: of what it stands for.
        parent: the collection that holds it.
    """

    alias: Alias
    first: int
    end: int
    target: int
    shape: Shape
    parent: Mapping | Sequence


class Spot(NamedTuple):
    """Where a leaf stands: its scalar or comment, and the collection that holds it."""

    node: Scalar | Placed
    parent: Mapping | Sequence


class Walked(NamedTuple):
    """What a walk over the documents gives; `spots` has an entry for each leaf, None for one of an alias."""

    leaves: list[Leaf]
    spots: list[Spot | None]
    shapes: list[MapShape]
    uses: list[Use]
    metadata: list[list[tuple[Node, Node]]]  # the keys `sops` of each document


def walk(text: str, roots: Iterable[Root], comments: Iterable[Placed], *, plaintext: bool) -> Walked:
    """Walk over the documents of a text.

    Args:
        text: that was parsed.
        roots: its documents.
        comments: its comments, in order.
        plaintext: whether it carries no metadata.

    Raises:
        BrokenFileError: a key is no string, or aliases stand for more than sops expands.
    """
    walker = _Walker(text, comments, plaintext=plaintext)
    for root in roots:
        walker.document(root)
    return walker.walked


class _Level:
    """A mapping or list that is walked over.

    Attributes:
        path: the keys that lead to it.
        node: the mapping or list.
        above: comments in force from further out.
        comments: its own comments.
        standing: the text of those since its last entry.
    """

    def __init__(
        self,
        path: tuple[str, ...],
        node: Mapping | Sequence,
        above: Texts,
        comments: collections.abc.Sequence[Placed],
    ) -> None:
        self.path = path
        self.node = node
        self.above = above
        self.standing: list[str] = []
        self.comments = comments
        self._taken = 0

    def comments_before(self, index: int) -> Iterator[Placed]:
        """Its comments that stand before an entry and have not been taken."""
        while self._taken < len(self.comments) and self.comments[self._taken].before <= index:
            self._taken += 1
            yield self.comments[self._taken - 1]

    def in_force(self) -> Texts:
        """The comments that are in force for what comes next."""
        return InForce(self.standing, len(self.standing), self.above) if self.standing else self.above

    def entered(self, comment: str | None = None) -> None:
        """An entry was passed: comments before it are in force no longer, unless it is one itself."""
        if comment is not None:
            self.standing.append(comment)
        elif self.standing:
            self.standing = []


class _Walker:
    def __init__(self, text: str, comments: Iterable[Placed], *, plaintext: bool) -> None:
        self.walked = Walked([], [], [], [], [])
        self._text = text
        self._plaintext = plaintext
        self._comments: dict[int, list[Placed]] = {}
        for placed in comments:
            self._comments.setdefault(placed.parent, []).append(placed)
        self._depth = 0
        self._expanding = 0  # how many aliases deep
        self._first_leaf: dict[int, int] = {}  # of an anchored node, by where it starts
        # go-yaml's measure against a text that aliases make huge.
        self._visited = self._aliased = self._aliased_text = 0

    def document(self, root: Root) -> None:
        """The entries of a document; the keys `sops` are its metadata."""
        shape, metadata = MapShape([]), list["tuple[Node, Node]"]()
        self.walked.shapes.append(shape)
        self.walked.metadata.append(metadata)
        node = root.node
        if isinstance(node, Mapping):
            self._entries(self._level((), node, ()), node.pairs, shape, metadata)
        elif isinstance(node, Scalar):
            self._empty_document(root, node, shape)
        elif isinstance(node, Alias) and isinstance(node.target, Mapping):
            self._alias_entries(node, node.target, shape)

    def _level(self, path: tuple[str, ...], node: Mapping | Sequence, above: Texts) -> _Level:
        return _Level(path, node, above, self._comments.get(node.content, ()))

    def _empty_document(self, root: Root, node: Scalar, shape: MapShape) -> None:
        """The comments of a document that is null."""
        holder = Mapping([], False, None, node.start, node.start, node.end)
        for parent in [parent for parent in self._comments if root.start <= parent <= root.end]:
            level = _Level((), holder, (), self._comments.pop(parent))
            shape.entries.extend(self._remarks(level, sys.maxsize))

    def _alias_entries(self, alias: Alias, target: Mapping, shape: MapShape) -> None:
        """A document that is an alias for a mapping of an earlier one."""
        first = len(self.walked.leaves)
        self._expanding += 1
        self._entries(self._level((), target, ()), target.pairs, shape, None)
        self._expanding -= 1
        self._used(alias, first, shape, target)

    def _used(self, alias: Alias, first: int, shape: Shape, parent: Mapping | Sequence) -> None:
        target = self._first_leaf.get(alias.target.start, first)
        self.walked.uses.append(Use(alias, first, len(self.walked.leaves), target, shape, parent))

    def _node(self, node: Node, path: tuple[str, ...], level: _Level) -> Shape:
        """A key's value or an item."""
        self._visited += 1
        if self._expanding:
            self._aliased += 1
            self._measure(node)
        if isinstance(node, Alias):
            return self._alias(node, path, level)
        if node.anchor is not None and not self._expanding:
            self._first_leaf[node.start] = len(self.walked.leaves)
        if isinstance(node, Scalar):
            return self._scalar(node, path, level)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise too_deep(splice.line_of(self._text, node.start))
        shape: Shape
        inner = self._level(path, node, level.in_force())
        if isinstance(node, Mapping):
            shape = self._entries(inner, node.pairs, MapShape([]), None)
        else:
            shape = self._items(inner, node.items)
        self._depth -= 1
        return shape

    def _scalar(self, node: Scalar, path: tuple[str, ...], level: _Level) -> Shape:
        value = node.value
        if value is None:
            return None
        number = len(self.walked.leaves)
        self.walked.spots.append(None if self._expanding else Spot(node, level.node))
        if isinstance(value, str) and ",type:comment]" in value and is_encrypted(value.rstrip("\n")):
            # sops writes the comments of a list so, and decrypts what says so to a comment anywhere.
            in_force = InForce([value], 1, level.in_force())
            self.walked.leaves.append(Leaf(path, value, True, in_force))
            return Remark(number, False) if isinstance(level.node, Sequence) else number
        self.walked.leaves.append(Leaf(path, value, False, level.in_force()))
        return number

    def _alias(self, node: Alias, path: tuple[str, ...], level: _Level) -> Shape:
        first = len(self.walked.leaves)
        self._expanding += 1
        shape = self._node(node.target, path, level)
        self._expanding -= 1
        if not self._expanding:
            self._used(node, first, shape, level.node)
        return shape

    def _items(self, level: _Level, items: Iterable[Node]) -> ListShape:
        shape = ListShape([])
        for index, item in enumerate(items):
            shape.items.extend(self._remarks(level, index))
            found = self._node(item, level.path, level)
            shape.items.append(found)
            comment = str(self.walked.leaves[found.number].value) if isinstance(found, Remark) else None
            level.entered(comment)
        shape.items.extend(self._remarks(level, sys.maxsize))
        return shape

    def _entries(
        self,
        level: _Level,
        pairs: Iterable[tuple[Node, Node]],
        shape: MapShape,
        metadata: list[tuple[Node, Node]] | None,
    ) -> MapShape:
        for index, (key, value) in enumerate(pairs):
            shape.entries.extend(self._remarks(level, index))
            name = self._key(key)
            if name == "sops" and metadata is not None:
                metadata.append((key, value))
                continue
            shape.entries.append((name, self._node(value, (*level.path, name), level)))
            level.entered()
        shape.entries.extend(self._remarks(level, sys.maxsize))
        return shape

    def _remarks(self, level: _Level, index: int) -> list[Remark]:
        """Add the comments before an entry."""
        if not level.comments:
            return []
        return [self._comment(placed, level) for placed in level.comments_before(index)]

    def _comment(self, placed: Placed, level: _Level) -> Remark:
        text = self._text[placed.start + 1 : placed.end]
        if not text and self._plaintext and isinstance(level.node, Sequence):
            # An empty comment of a list would stay empty, and sops read an empty string in its place.
            text = " "
        level.entered(text)
        self.walked.leaves.append(Leaf(level.path, text, True, level.in_force()))
        self.walked.spots.append(None if self._expanding else Spot(placed, level.node))
        return Remark(len(self.walked.leaves) - 1, placed.inline)

    def _key(self, key: Node) -> str:
        self._visited += 1
        held = key.target if isinstance(key, Alias) else key
        if not isinstance(held, Scalar) or not isinstance(held.value, str):
            raise broken("has a key that is no string: quote it", splice.line_of(self._text, key.start))
        if held.anchor is not None and not self._expanding:
            self._first_leaf[held.start] = len(self.walked.leaves)
        return held.value

    def _measure(self, node: Node) -> None:
        """Refuse excessive aliasing, as go-yaml does (decode.go, `allowedAliasRatio`), of long texts too."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            self._aliased_text += len(node.value)
            if self._aliased_text > _MAX_ALIASED_TEXT:
                raise broken(TOO_MANY_ALIASES, splice.line_of(self._text, node.start))
        if self._aliased > 100 and self._visited > 1000:
            share = min(max(self._visited - 400_000, 0) / 3_600_000, 1)
            if self._aliased / self._visited > 0.99 - 0.89 * share:
                line = splice.line_of(self._text, node.start)
                raise broken(TOO_MANY_ALIASES, line)
