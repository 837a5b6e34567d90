"""Setting and removing one value of a JSON text, as `sops set` and `sops unset` do (sops.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import json_writing
from sopskit.sops.documents.tree_edits import nested
from sopskit.sops.formats.tree import List, Map
from sopskit.text.splice import Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.sops.documents import Node
    from sopskit.sops.formats import tree


def set_value(text: str, root: Map, path: Sequence[str | int], value: Node) -> Splice:
    """The change that gives a value to a path; see `sopskit.sops.documents.Document.set`.

    Raises:
        FailedError: the document has no such place.
    """
    layout = json_writing.layout_of(text, root)
    node: tree.Node = root
    for depth, step in enumerate(_checked(path)):
        if not isinstance(node, (Map, List)):
            return _replaced(node, nested(path[depth:], value), layout, depth)
        child = _child(node, step)
        if child is None:
            body = json_writing.rendered(nested(path[depth + 1 :], value), layout, depth + 1)
            if isinstance(node, Map):
                body = json_writing.scalar(step) + layout.colon + body
            return json_writing.appended(text, node, body, layout, depth + 1)
        node = child
    return _replaced(node, value, layout, len(path))


def unset_value(root: Map, path: Sequence[str | int]) -> Iterator[Splice]:
    """The change that removes the member or item at a path.

    Raises:
        FailedError: there is none.
    """
    container: Map | List = root
    for step in _checked(path)[:-1]:
        child = _child(container, step)
        if not isinstance(child, (Map, List)):
            raise _no_place(step)
        container = child
    child = _child(container, path[-1])
    if child is None:
        raise _no_place(path[-1])
    return json_writing.without(container, {json_writing.children(container).index(child)})


def _checked(path: Sequence[str | int]) -> Sequence[str | int]:
    if not path:
        raise FailedError("a path needs at least one key")
    return path


def _replaced(node: tree.Node, value: Node, layout: json_writing.Layout, depth: int) -> Splice:
    return Splice(node.start, node.end, json_writing.rendered(value, layout, depth))


def _child(node: Map | List, step: str | int) -> tree.Node | None:
    """The value there, or None where a member or an item can be added.

    Raises:
        FailedError: an index into an object, a key of a list, or a negative index.
    """
    if isinstance(node, Map) and isinstance(step, str):
        entry = node.entry(step)
        return entry and entry.value
    if isinstance(node, List) and isinstance(step, int) and step >= 0:
        return node.items[step] if step < len(node.items) else None
    raise _no_place(step)


def _no_place(step: str | int) -> FailedError:
    what = f"no item {step}" if isinstance(step, int) else f"no key {step}"
    return FailedError(f"the file has {what} there", hint="keys and indexes must fit what is in the file")
