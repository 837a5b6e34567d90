"""Where comments stand in sops's tree: from the comments of nodes to those of mappings and lists.

yaml.v3 (go.yaml.in/yaml/v3 v3.0.4, decode.go, `parser.mapping` and its neighbours) gives a node a head, a
line and a foot comment, and moves some feet to a key. sops (stores/yaml/store.go) makes each line of those an
item of the mapping or list around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.sops.documents.yaml_comments_gap import Line


class Comments(NamedTuple):
    """What stands before, behind and below a node."""

    head: list[Line]
    line: list[Line]
    foot: list[Line]


NONE = Comments([], [], [])


class _Item(NamedTuple):
    before: int
    lines: list[Line]
    inline: bool = False


class Collection:
    """A mapping or list while its children are read; sops's order of its comments is that of `items`.

    Attributes:
        start: where its content starts.
        head: the comment before it, which goes into what holds it, or by `surround` into itself.
        items: comments, and the collections in it that have some.
    """

    def __init__(self, start: int, head: list[Line], *, is_mapping: bool, is_block: bool) -> None:
        self.start = start
        self.items: list[_Item | Collection] = []
        self.head = head
        self._is_mapping = is_mapping
        self._is_block = is_block
        self._count = 0
        self._key: Comments | None = None
        self._foot: list[Line] = []  # of the last key whose value is complete

    def scalar(self, comments: Comments) -> None:
        """Add a scalar or an alias."""
        if comments is NONE and self._is_bare():
            return
        if not self._is_mapping:
            self._item(comments, None)
        elif self._key is None:
            self._take_key(comments)
        else:
            self._take_value(comments, None)

    def _is_bare(self) -> bool:
        """Take a key or value without comments the short way, if nothing waits to be added."""
        if self._foot or not self._is_mapping:
            return False
        if self._key is None:
            self._key = NONE
            return True
        if self._key is not NONE:
            return False
        self._key = None
        self._count += 1
        return True

    def collection(self, child: Collection, line: list[Line], foot: list[Line]) -> None:
        """Add a collection that is complete, and has the comments that came with its end."""
        comments = Comments(child.head, line, foot)
        if not self._is_mapping:
            self._item(comments, child)
        elif self._key is None:
            self._take_key(comments)  # no string: sops refuses such a key
        else:
            self._take_value(comments, child)

    def complete(self, foot: list[Line]) -> list[Line]:
        """End it with the foot comment of its end; returns what of that stays its own."""
        if foot and self._is_mapping and self._is_block and self._count:
            self._foot, foot = foot, []
        self._add_foot()
        return foot

    def surround(self, head: list[Line], line: list[Line], foot: list[Line]) -> None:
        """Put comments of the collection itself into it, the line comment as one above its content."""
        before = [_Item(0, lines) for lines in (head, line) if lines]
        if before:
            self.items[:0] = before
        self._add(self._count, foot)

    def _item(self, comments: Comments, child: Collection | None) -> None:
        head, line, foot = comments
        self._add(self._count, head)
        self._add(self._count, line, inline=True)
        if child is not None and child.items:
            self.items.append(child)
        self._count += 1
        self._add(self._count, foot)

    def _take_key(self, key: Comments) -> None:
        if key.foot and self._is_block and self._count:
            # Below the entry before, and less deep than its value. That one's own foot is lost.
            self._foot = key.foot
            key = key._replace(foot=[])
        self._add_foot()
        self._key = key

    def _take_value(self, value: Comments, child: Collection | None) -> None:
        head, line, foot = self._key or NONE
        self._key = None
        if not foot:
            foot, value = value.foot, value._replace(foot=[])
        self._add(self._count, head)
        self._add(self._count, line)
        if child is None:
            self._add(self._count, value.head)
            self._add(self._count, value.line, inline=True)
        else:
            child.surround(*value)
            if child.items:
                self.items.append(child)
        self._count += 1
        if child is None:
            self._add(self._count, value.foot)
        self._foot = foot

    def _add_foot(self) -> None:
        self._add(self._count, self._foot)
        self._foot = []

    def _add(self, before: int, lines: list[Line], *, inline: bool = False) -> None:
        if lines:
            self.items.append(_Item(before, lines, inline))


def placed(root: Collection) -> Iterator[tuple[int, int, int, int, bool]]:
    """The comments in a collection and what is in it in sops's order, as in `yaml_comments.Placed`."""
    open_collections = [(root.start, iter(root.items))]
    while open_collections:
        start, items = open_collections[-1]
        for item in items:
            if isinstance(item, Collection):
                open_collections.append((item.start, iter(item.items)))
                break
            for line in item.lines:
                if line is not None:
                    yield *line, start, item.before, item.inline
        else:
            open_collections.pop()
