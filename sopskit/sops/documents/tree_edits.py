"""A tree with one value set or removed, as sops has it.

Source: getsops/sops, sops.go (`set`, `unset`, `valueFromPathAndLeaf`). Unlike there, the comments of a list
are not counted by an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment, Items

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.documents import Node


def with_value(branch: Branch, path: Sequence[str | int], value: Node) -> Branch:
    """A tree with another value at a path; what is missing on the way is made.

    Raises:
        FailedError: an index into a mapping, a key of a list, or no path at all.
    """
    if not path:
        raise FailedError("a path needs at least one key")
    changed = _set(branch, path, value)
    return changed if isinstance(changed, Branch) else branch


def without(branch: Branch, path: Sequence[str | int]) -> Branch:
    """A tree without what is at a path.

    Raises:
        FailedError: there is nothing.
    """
    if not path:
        raise FailedError("a path needs at least one key")
    changed = _unset(branch, path)
    return changed if isinstance(changed, Branch) else branch


def nested(path: Sequence[str | int], value: Node) -> Node:
    """A value inside the mappings and lists that a path makes, whatever an index says."""
    for step in reversed(path):
        value = Items((value,)) if isinstance(step, int) else Branch(((step, value),))
    return value


def _set(node: Node, path: Sequence[str | int], value: Node) -> Node:
    if not path:
        return value
    if not isinstance(node, Branch | Items):
        return nested(path, value)
    place = _place(node, path[0])
    items = list(node.items)
    if isinstance(node, Branch):
        name = str(path[0])
        new = nested(path[1:], value) if place is None else _set(_held(node, place), path[1:], value)
        if place is None:
            return Branch((*node.items, (name, new)))
        items[place] = (name, new)
        return Branch(tuple(items))  # type: ignore[arg-type]
    if place is None:
        return Items((*node.items, nested(path[1:], value)))
    items[place] = _set(_held(node, place), path[1:], value)
    return Items(tuple(items))  # type: ignore[arg-type]


def _unset(node: Node, path: Sequence[str | int]) -> Node:
    place = _place(node, path[0]) if isinstance(node, Branch | Items) else None
    if place is None or not isinstance(node, Branch | Items):
        raise _nothing(path[0])
    items = list(node.items)
    if len(path) == 1:
        del items[place]
    elif isinstance(node, Branch):
        items[place] = (str(path[0]), _unset(_held(node, place), path[1:]))
    else:
        items[place] = _unset(_held(node, place), path[1:])
    return type(node)(tuple(items))  # type: ignore[arg-type]


def _held(node: Branch | Items, place: int) -> Node:
    """The value or item at a place that `_place` gave."""
    if isinstance(node, Items):
        return node.items[place]
    entry = node.items[place]
    return entry if isinstance(entry, Comment) else entry[1]


def _place(node: Branch | Items, step: str | int) -> int | None:
    """Where in the items a key or an index is; None where there is none yet."""
    if isinstance(node, Branch) and isinstance(step, str):
        found = (n for n, item in enumerate(node.items) if not isinstance(item, Comment) and item[0] == step)
        return next(found, None)
    if isinstance(node, Items) and isinstance(step, int) and step >= 0:
        places = [n for n, item in enumerate(node.items) if not isinstance(item, Comment)]
        return places[step] if step < len(places) else None
    raise _nothing(step)


def _nothing(step: str | int) -> FailedError:
    what = f"no item {step}" if isinstance(step, int) else f"no key {step}"
    return FailedError(f"the file has {what} there", hint="keys and indexes must fit what is in the file")
