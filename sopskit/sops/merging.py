"""Merging two edits of a document, value by value.

Encrypted values can be compared as texts where all sides were brought under one data key, so nothing
here is plaintext. Two views of the same edits are used: the lines, which keep comments and layout, and the
trees, which tell edits of neighbouring keys from edits of the same key. The trees decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.sops.documents import Branch, Comment, Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.sops.documents import Node

Path = tuple[str | int, ...]


class Absent(NamedTuple):
    """No node at a path."""


ABSENT = Absent()


class Change(NamedTuple):
    """What one side did: the node at a path is to be another one, or `ABSENT`."""

    path: Path
    node: Node | Absent


class TreeMerge(NamedTuple):
    """What the other side's edits mean for ours.

    Attributes:
        changes: to be made to our tree.
        conflicts: where both sides did different things; our nodes stay there.
    """

    changes: tuple[Change, ...]
    conflicts: tuple[Path, ...]


class Hunk(NamedTuple):
    """Lines that both sides changed, as `git merge-file --diff3` shows them, line ends included."""

    ours: tuple[str, ...]
    base: tuple[str, ...]
    theirs: tuple[str, ...]


def merge_trees(base: Node | Absent, ours: Node | Absent, theirs: Node | Absent) -> TreeMerge:
    """Compare three states of a document; comments and the order of keys are left to the lines."""
    changes: list[Change] = []
    conflicts: list[Path] = []
    pending: list[tuple[Path, Node | Absent, Node | Absent, Node | Absent]] = [((), base, ours, theirs)]
    while pending:
        path, old, mine, other = pending.pop()
        if plain(other) in (plain(old), plain(mine)):
            continue
        if isinstance(mine, Branch) and isinstance(other, Branch):
            before, here, there = _entries(old), _entries(mine), _entries(other)
            names = dict.fromkeys([*before, *here, *there])
            pending += [
                ((*path, name), before.get(name, ABSENT), here.get(name, ABSENT), there.get(name, ABSENT))
                for name in reversed(names)
            ]
        elif plain(mine) == plain(old):
            changes.append(Change(path, other))
        elif (parts := _items(old, mine, other)) is not None:
            pending += [((*path, index), a, b, c) for index, (a, b, c) in reversed(list(enumerate(parts)))]
        else:
            conflicts.append(path)
    return TreeMerge(tuple(changes), tuple(conflicts))


def plain(node: Node | Absent) -> object:
    """A tree without comments and order of keys, to be compared; types of values count."""
    if isinstance(node, Branch):
        return {name: plain(value) for name, value in _entries(node).items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items if not isinstance(item, Comment)]
    return (type(node), node)


def applied(tree: Node | Absent, changes: Iterable[Change]) -> object:
    """The tree with changes made, as `plain` gives it."""
    result = plain(tree)
    for change in changes:
        if not change.path:
            return plain(change.node)
        *way, last = change.path
        place: Any = result
        for part in way:
            place = place[part]
        if isinstance(change.node, Absent):
            del place[last]
        else:
            place[last] = plain(change.node)
    return result


def hunks(merged: str, marker_size: int) -> list[str | Hunk]:
    """Take apart what `git merge-file --diff3` wrote: texts that are merged, and hunks that are not.

    Args:
        merged: the output.
        marker_size: characters of a marker, longer than any in the text.
    """
    ours, base, middle, theirs = (re.escape(sign * marker_size) for sign in "<|=>")
    pattern = re.compile(
        rf"^{ours}[^\n]*\n(.*?)^{base}[^\n]*\n(.*?)^{middle}\r?\n(.*?)^{theirs}[^\n]*(?:\n|\Z)",
        re.MULTILINE | re.DOTALL,
    )
    parts: list[str | Hunk] = []
    position = 0
    for match in pattern.finditer(merged):
        parts.append(merged[position : match.start()])
        parts.append(Hunk(*(tuple(lines.splitlines(keepends=True)) for lines in match.groups())))
        position = match.end()
    parts.append(merged[position:])
    return [part for part in parts if part]


def hunks_of(ours: bytes, base: bytes, theirs: bytes) -> list[str | Hunk]:
    """The whole of three texts as one hunk."""
    sides = (
        text.decode("utf-8", "surrogateescape").splitlines(keepends=True) for text in (ours, base, theirs)
    )
    return [Hunk(*map(tuple, sides))]


def by_line(parts: Iterable[str | Hunk]) -> list[str | Hunk]:
    """Divide hunks whose sides have as many lines each: neighbouring lines are merged one by one."""
    result: list[str | Hunk] = []
    for part in parts:
        if isinstance(part, str) or not len(part.ours) == len(part.base) == len(part.theirs):
            result.append(part)
            continue
        for mine, old, other in zip(*part, strict=True):
            if other in (old, mine):
                result.append(mine)
            elif mine == old:
                result.append(other)
            else:
                result.append(Hunk((mine,), (old,), (other,)))
    return result


def candidates(parts: Sequence[str | Hunk]) -> Iterable[str]:
    """Texts without hunks that may be the merge: each side's lines alone, and both in either order."""
    orders = (("ours", "theirs"), ("theirs", "ours"), ("ours",), ("theirs",))
    for order in orders:
        yield "".join(
            part if isinstance(part, str) else "".join("".join(getattr(part, side)) for side in order)
            for part in parts
        )


def with_markers(parts: Sequence[str | Hunk], ours: str, theirs: str, newline: str = "\n") -> str:
    """The text with git's conflict markers around what could not be merged.

    Args:
        parts: see `hunks`.
        ours: what our side is called.
        theirs: what the other side is called.
        newline: of the text.
    """
    result = []
    for part in parts:
        if isinstance(part, str):
            result.append(part)
            continue
        result += [f"<<<<<<< {ours}{newline}", *part.ours, f"======={newline}", *part.theirs]
        result.append(f">>>>>>> {theirs}{newline}")
    return "".join(result)


def _entries(node: Node | Absent) -> dict[str, Node]:
    if not isinstance(node, Branch):
        return {}
    return {item[0]: item[1] for item in node.items if not isinstance(item, Comment)}


def _items(*sides: Node | Absent) -> list[tuple[Node, Node, Node]] | None:
    """The items of three lists of one length, side by side; else None, since indexes would not match."""
    lists = [
        [item for item in side.items if not isinstance(item, Comment)]
        for side in sides
        if isinstance(side, Items)
    ]
    if len(lists) < len(sides) or len({len(each) for each in lists}) > 1:
        return None
    base, ours, theirs = lists
    return list(zip(base, ours, theirs, strict=True))
