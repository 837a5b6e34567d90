"""One value of a YAML plaintext set or removed in place, as `sops set` and `sops unset` do on a tree.

The new text is read again and held against the tree that sops would have; where lines cannot carry the
change, that tree is laid out anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops.documents import tree_edits, yaml_emit, yaml_places, yaml_splices
from sopskit.sops.documents.yaml_nodes import Alias, Mapping, Scalar, Sequence
from sopskit.sops.documents.yaml_shapes import plain_tree
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Sequence as Path

    from sopskit.sops import documents
    from sopskit.sops.documents import Branch
    from sopskit.sops.documents.yaml import YamlDocument
    from sopskit.sops.documents.yaml_leaves import Use
    from sopskit.sops.documents.yaml_nodes import Node
    from sopskit.text.splice import Splice


def set_value(document: YamlDocument, path: Path[str | int], value: documents.Node) -> bytes:
    """See `sopskit.sops.documents.Document.set`; the first document is meant, as in sops."""
    first, *others = document.tree()
    wanted = (tree_edits.with_value(first, path, value), *others)
    return _changed(document, wanted, path, lambda held: _set(held, path, value))


def unset(document: YamlDocument, path: Path[str | int]) -> bytes:
    """See `sopskit.sops.documents.Document.unset`."""
    first, *others = document.tree()
    wanted = (tree_edits.without(first, path), *others)
    return _changed(document, wanted, path, lambda held: _unset(held, path))


def _changed(
    document: YamlDocument,
    wanted: tuple[Branch, ...],
    path: Path[str | int],
    edit: Callable[[YamlDocument], Iterable[Splice]],
) -> bytes:
    try:
        held = _without_aliases(document, path)
        text = splice.apply(held.at.text, edit(held))
        if _holds(type(document)(text), wanted):
            return text.encode()
    except (BrokenFileError, yaml_places.NoPlaceError, ValueError):
        pass
    return yaml_emit.emit(wanted).encode()


def _holds(document: YamlDocument, wanted: tuple[Branch, ...]) -> bool:
    return tuple(map(plain_tree, document.tree())) == tuple(map(plain_tree, wanted))


def _without_aliases(document: YamlDocument, path: Path[str | int]) -> YamlDocument:
    """The document with the aliases written out that the change would reach, or reach into."""
    for _ in path:
        uses = _reached(document, path)
        if not uses:
            break
        splices = [edit for use in uses for edit in yaml_splices.expanded(document.at, use, document.value)]
        document = type(document)(splice.apply(document.at.text, splices))
    return document


def _reached(document: YamlDocument, path: Path[str | int]) -> list[Use]:
    """Aliases that the path goes through, or that stand for something that changes."""
    steps = _steps(document, path)
    _, node = steps[-1]
    ends = len(steps) > len(path)
    found = []
    for use in document.walked.uses:
        alias, target = use.alias, use.alias.target
        goes_through = alias is node and not ends
        holds = target.start <= node.start and node.end <= target.end
        inside = ends and node.start <= target.start and target.end <= node.end
        stays = not (node.start <= alias.start and alias.end <= node.end)
        if goes_through or (stays and (holds or inside)):
            found.append(use)
    return found


def _steps(document: YamlDocument, path: Path[str | int]) -> list[tuple[Node | None, Node]]:
    """The nodes on a path as far as there are any, each with what holds it; aliases are not followed."""
    node: Node = document.roots[0].node
    steps: list[tuple[Node | None, Node]] = [(None, node)]
    for step in path:
        child = None
        if isinstance(node, Mapping):
            child = next((value for key, value in node.pairs if _is_key(key, step)), None)
        elif isinstance(node, Sequence) and isinstance(step, int):
            items = yaml_places.items(node)
            child = items[step] if step < len(items) else None
        if child is None:
            break
        steps.append((node, child))
        node = child
    return steps


def _is_key(key: Node, step: str | int) -> bool:
    held = key.target if isinstance(key, Alias) else key
    return isinstance(held, Scalar) and held.value == step


def _set(document: YamlDocument, path: Path[str | int], value: documents.Node) -> Iterable[Splice]:
    steps = _steps(document, path)
    holder, node = steps[-1]
    missing = path[len(steps) - 1 :]
    places = yaml_places.Places(document)
    if missing and isinstance(node, Mapping) and node.pairs:
        return places.key_added(node, str(missing[0]), tree_edits.nested(missing[1:], value))
    if missing and isinstance(node, Sequence) and node.items:
        return places.item_added(node, tree_edits.nested(missing[1:], value))
    if holder is None:
        return places.root_filled(tree_edits.nested(missing, value))
    return places.replaced(holder, node, tree_edits.nested(missing, value))


def _unset(document: YamlDocument, path: Path[str | int]) -> Iterable[Splice]:
    steps = _steps(document, path)
    holder, node = steps[-1]
    if len(steps) != len(path) + 1 or not isinstance(holder, Mapping | Sequence):
        raise FailedError("the file has nothing there", hint="keys and indexes must fit what is in the file")
    return yaml_places.Places(document).removed(holder, node, steps[-2][0])
