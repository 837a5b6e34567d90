"""What leads from one Python value to another, as single changes of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.sops.plain_values import from_plain, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.sops.documents import Node
    from sopskit.sops.tree_paths import TreePath


class Edit(NamedTuple):
    """One change: a value for a path, or its removal.

    Attributes:
        path: keys and indexes.
        value: the new value; None is a null.
        removed: the key or item is to go.
    """

    path: TreePath
    value: Node = None
    removed: bool = False


def differences(before: Any, after: Any, path: TreePath = ()) -> Iterator[Edit]:
    """The changes to make, in this order: what is equal is left alone, so that it keeps its text.

    Args:
        before: plain values, see `sopskit.sops.plain_values`.
        after: what they are to be.
        path: where they stand.

    Raises:
        FailedError: a new value is none that sops holds.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        yield from (Edit((*path, key), removed=True) for key in before if key not in after)
        for key, value in after.items():
            if key in before:
                yield from differences(before[key], value, (*path, key))
            else:
                yield Edit((*path, key), from_plain(value))
    elif isinstance(before, list) and isinstance(after, list):
        common = min(len(before), len(after))
        for index in range(common):
            yield from differences(before[index], after[index], (*path, index))
        yield from (Edit((*path, index), removed=True) for index in range(len(before) - 1, common - 1, -1))
        yield from (Edit((*path, index), from_plain(after[index])) for index in range(common, len(after)))
    elif not same(from_plain(before), from_plain(after)):
        yield Edit(path, from_plain(after))
