"""The shape of YAML documents: their trees, with numbers of leaves in the place of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.documents import Branch, Comment, Items

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.sops import documents
    from sopskit.sops.values import Value


class Remark(NamedTuple):
    """A comment among the entries of a shape; `number` is that of its leaf."""

    number: int
    inline: bool


class MapShape(NamedTuple):
    """A mapping whose values are numbers of leaves, None or shapes."""

    entries: list[tuple[str, Shape] | Remark]


class ListShape(NamedTuple):
    """A list of the same."""

    items: list[Shape]


Shape = int | None | Remark | MapShape | ListShape


def filled(shape: Shape, value: Callable[[int], Value]) -> documents.Node:
    """A shape as a tree, with the value that each leaf has."""
    if shape is None:
        return None
    if isinstance(shape, int):
        return value(shape)
    if isinstance(shape, Remark):
        return Comment(str(value(shape.number)), shape.inline)
    if isinstance(shape, ListShape):
        return Items(tuple(filled(item, value) for item in shape.items))
    return branch(shape, value)


def branch(shape: MapShape, value: Callable[[int], Value]) -> Branch:
    """The same for a mapping."""
    items: list[tuple[str, documents.Node] | Comment] = []
    for entry in shape.entries:
        if isinstance(entry, Remark):
            items.append(Comment(str(value(entry.number)), entry.inline))
        else:
            items.append((entry[0], filled(entry[1], value)))
    return Branch(tuple(items))


def plain_tree(node: documents.Node) -> object:
    """A tree as something to compare: without comments, each value with its type."""
    if isinstance(node, Branch):
        pairs = [item for item in node.items if not isinstance(item, Comment)]
        return {"map": [(key, plain_tree(value)) for key, value in pairs]}
    if isinstance(node, Items):
        return [plain_tree(item) for item in node.items if not isinstance(item, Comment)]
    return type(node), repr(node) if isinstance(node, float) else node
