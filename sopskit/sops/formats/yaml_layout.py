"""The block `sops` in the layout that sops gives it, read with a few regular expressions.

Nearly every file has it so; then the metadata is read, and an age stanza added, several times as fast as by
way of libyaml's events and a tree of positions. Whatever is not plainly of that layout (key groups, a
comment, a blank line, CRLF, an escape) is not understood here, and left to the general way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops.metadata import Stanza
from sopskit.text.splice import Span, Splice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.metadata import Metadata

_KEY = re.compile(r"sops:\n( {1,16})(?! )")  # go-yaml indents by 9 at most
# These are matched where an item must start, and never searched for: time stays linear in the text.
# Items of `age` in the order of 3.13 and in that of older versions, and of `pgp`, which is one in both.
_LITERAL = r"(?P<enc>(?P<margin> +)(?=\S)[^\n]*\n(?:\n*(?P=margin)[^\n]*\n)*)"
_AGE = re.compile(rf"( +)- enc: \|\n{_LITERAL}\1  recipient: (?P<name>[^\n]+)\n")
_OLDER_AGE = re.compile(rf"( +)- recipient: (?P<name>[^\n]+)\n\1  enc: \|\n{_LITERAL}")
_PGP = re.compile(
    r"( +)- created_at: \"(?P<created_at>[0-9TZ:+-]+)\"\n"
    rf"\1  enc: (?P<header>\|-?)\n{_LITERAL}\1  fp: (?P<name>[^\n]+)\n"
)
_ITEMS = {"age": (_AGE, _OLDER_AGE), "pgp": (_PGP,)}
# Starts like no indicator, a number or a word; what makes YAML see more in it is looked for apart.
_PLAIN = re.compile(r"[A-Za-z0-9_/^.(+]")
_QUOTED = re.compile(r""""[^"\\]*"|'[^']*'""")
_NULL = frozenset({"~", "null", "Null", "NULL"})


class Columns(NamedTuple):
    """Where the parts of a list item stand: its dash, its keys, the lines of a block scalar."""

    dash: int
    key: int
    literal: int


class Layout(NamedTuple):
    """A block that was understood.

    Attributes:
        start: where it starts in the text; the other positions count from there.
        mapping: the metadata as lists of stanzas, and texts.
        age: where the items of `age` stand, behind which a further one goes; None where there are none.
        columns: of the items of `age`.
        values: where the values stand that share a line with their key, by name.
    """

    start: int
    mapping: dict[str, Any]
    age: Span | None
    columns: Columns | None
    values: dict[str, Span]

    def appended(
        self, present: Sequence[Sequence[Stanza]], wanted: Sequence[Sequence[Stanza]]
    ) -> Sequence[Stanza] | None:
        """The age stanzas that lead from `present` to `wanted`, if it takes no more than adding them."""
        if self.age is None or len(present) != 1 or len(wanted) != 1:
            return None
        before, after = present[0], wanted[0]
        added = after[len(before) :]
        same = all(a is b for a, b in zip(before, after, strict=False)) and len(after) >= len(before)
        return added if same and all(stanza.kind is StanzaKind.AGE for stanza in added) else None

    def edits(self, before: Metadata, after: Metadata) -> list[Splice] | None:
        """The splices for other metadata, if no more than age stanzas, all of them new, and values change."""
        from sopskit.sops.formats import tree
        from sopskit.sops.formats.yaml_edit import item_lines
        from sopskit.sops.formats.yaml_scalars import scalar

        changed = tree.value_changes(before, after)
        if self.age is None or self.columns is None or not _all_new(before, after):
            return None
        if any(name not in self.values or value is None for name, value in changed.items()):
            return None
        items = [item_lines(stanza.mapping(), self.columns, "\n") for stanza in after.groups[0]]
        new = [(self.values[name], scalar(value)) for name, value in changed.items()]
        return [
            Splice(self.start + span.start, self.start + span.end, text)
            for span, text in ((self.age, "".join(items)), *new)
        ]


def _all_new(before: Metadata, after: Metadata) -> bool:
    """Whether the one group of a file has none of its stanzas left, and both have age stanzas only."""
    if (len(before.groups), len(after.groups)) != (1, 1) or before.shamir_threshold != after.shamir_threshold:
        return False
    stanzas = (*before.groups[0], *after.groups[0])
    known = {stanza.enc for stanza in before.groups[0]}
    return all(stanza.kind is StanzaKind.AGE for stanza in stanzas) and not any(
        stanza.enc in known for stanza in after.groups[0]
    )


class _OtherLayoutError(Exception):
    """Something that is left to the general way."""


def read(text: str, start: int, end: int) -> Layout | None:
    """Read the block from the key `sops` at `start` up to `end`; None where the layout is another."""
    layout = _layout_of(text[start:end])
    return None if layout is None else layout._replace(start=start)


@lru_cache(maxsize=4)  # the same block is read for the metadata, for the values, and to edit it
def _layout_of(block: str) -> Layout | None:
    key = _KEY.match(block)
    if key is None or not block.isascii() or "\t" in block or "\r" in block:
        return None
    try:
        return _read(block, key.start(1), _entries(key[1]))
    except _OtherLayoutError:
        return None


def _read(block: str, position: int, entries: re.Pattern[str]) -> Layout:
    mapping: dict[str, Any] = {}
    age, columns = None, None
    values: dict[str, Span] = {}
    while entry := entries.match(block, position):
        name, value = entry.groups()
        if name in mapping:
            raise _OtherLayoutError
        start = position = entry.end()
        if value is not None:
            mapping[name] = _inline(value)
            values[name] = Span(*entry.span(2))
            continue
        mapping[name], position, shape = _items(name, block, position)
        if name == "age":
            age, columns = Span(start, position), shape
    if position != len(block):
        raise _OtherLayoutError
    return Layout(0, mapping, age, columns, values)


@lru_cache(maxsize=16)
def _entries(indentation: str) -> re.Pattern[str]:
    """A key in this column, and its value where that is on the same line."""
    return re.compile(rf"{indentation}([a-z_]+):(?: (\S[^\n]*))?\n")


def _inline(value: str) -> Any:
    """A value on the line of its key."""
    if value == "[]":
        return []
    if value in _NULL:
        return None
    if _is_plain(value):
        return value
    if _QUOTED.fullmatch(value):
        return value[1:-1]
    raise _OtherLayoutError


def _is_plain(value: str) -> bool:
    return bool(_PLAIN.match(value)) and value[-1] not in " :" and ": " not in value and " #" not in value


def _items(name: str, block: str, position: int) -> tuple[list[Stanza], int, Columns]:
    """The items of a list that starts at `position`, where they end, and the columns of the first."""
    for pattern in _ITEMS.get(name, ()):
        item = first = pattern.match(block, position)
        if first is not None:
            break
    else:
        raise _OtherLayoutError
    dash = len(first[1])
    items = []
    while item is not None:
        if len(item[1]) != dash or len(item["margin"]) <= dash + 2:
            raise _OtherLayoutError
        items.append(_stanza(name, item))
        position = item.end()
        item = pattern.match(block, position)
    return items, position, Columns(dash, dash + 2, len(first["margin"]))


def _stanza(name: str, item: re.Match[str]) -> Stanza:
    margin, text, enc = item.group("margin", "name", "enc")
    content = enc[len(margin) :].replace("\n" + margin, "\n").rstrip("\n")
    if not _is_plain(text) or text in _NULL or not content:
        raise _OtherLayoutError
    if name == "age":
        return Stanza(label(StanzaKind.AGE, text), content + "\n")
    enc = content if item["header"] == "|-" else content + "\n"
    return Stanza(label(StanzaKind.PGP, text), enc, item["created_at"])
