"""Things that belong together, found pair by pair (union-find)."""

from __future__ import annotations


class Classes:
    """Classes of numbers; one that was never joined is a class of its own."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def of(self, item: int) -> int:
        """What stands for the class of an item."""
        parent = self._parent
        root = item
        while root in parent:
            root = parent[root]
        while item != root:
            above = parent[item]
            parent[item] = root
            item = above
        return root

    def join(self, one: int, other: int) -> None:
        """Put two classes together."""
        one, other = self.of(one), self.of(other)
        if one != other:
            self._parent[max(one, other)] = min(one, other)

    def members(self) -> dict[int, list[int]]:
        """The classes that have more than one item, by what stands for them."""
        found: dict[int, list[int]] = {}
        for item in list(self._parent):
            found.setdefault(self.of(item), []).append(item)
        return {root: [root, *items] for root, items in found.items()}
