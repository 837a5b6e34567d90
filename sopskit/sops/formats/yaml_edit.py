"""Edits of the block `sops` of a YAML file: whole lines that come and go, and spellings.

What is new has the columns of its neighbours. Where there are none, they are those that go.yaml.in/yaml/v3
would choose with the file's indentation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sopskit.errors import BrokenFileError
from sopskit.sops.formats import changes, tree
from sopskit.sops.formats.tree import Entry, List, Map, Node, Scalar
from sopskit.sops.formats.yaml_layout import Columns
from sopskit.sops.formats.yaml_scalars import literal, scalar
from sopskit.text.splice import Splice, line_end, line_of, line_start, newline_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.metadata import Stanza


def edits(text: str, block: Map, groups: Sequence[Sequence[Stanza]], threshold: int) -> Iterator[Splice]:
    """The splices that give one metadata block these groups; `text` ends with a newline.

    Raises:
        BrokenFileError: the block is laid out in a way that lines cannot be put into.
    """
    _refuse_flow(text, block)
    present = tree.group_maps(block)
    if len(present) != len(groups):
        yield from _reshape(text, block, groups, threshold)
        return
    for group, wanted in zip(present, groups, strict=True):
        _refuse_flow(text, group)
        yield from _group_edits(text, block, group, wanted)
    yield from _threshold_edit(text, block, threshold)


def value_edits(text: str, block: Map, values: Mapping[str, str | bool | None]) -> Iterator[Splice]:
    """The splices that give one metadata block these values, by name; None removes one.

    Raises:
        BrokenFileError: the block is laid out in a way that lines cannot be put into.
    """
    _refuse_flow(text, block)
    for name, value in values.items():
        entry = block.entry(name)
        if entry is not None and value is None:
            yield _dropped(text, entry)
        elif entry is None and value is not None:
            yield _inserted(text, block, name, f"{name}: {scalar(value)}{newline_of(text)}")
        elif entry is not None:
            end = _end(text, entry.value)
            end -= len(text[:end]) - len(text[:end].rstrip("\r\n"))
            block_scalar = isinstance(entry.value, Scalar) and entry.value.style in ("|", ">")
            yield Splice(entry.value.start, end if block_scalar else entry.value.end, scalar(value))


def _reshape(text: str, block: Map, groups: Sequence[Sequence[Stanza]], threshold: int) -> Iterator[Splice]:
    gone = tree.stanza_entries(block)
    rest = Map(
        tuple(entry for entry in block.entries if entry not in gone), block.start, block.end, flow=False
    )
    if not rest.entries:
        raise BrokenFileError("the SOPS metadata is incomplete", line=line_of(text, block.start))
    for entry in gone:
        yield _dropped(text, entry)
    values = tree.shape(groups, threshold)
    for key in sorted(values, key=changes.order(rest.names)):
        yield _inserted(text, rest, key, _value_lines(text, block, block, key, values[key]))


def _group_edits(text: str, block: Map, group: Map, wanted: Sequence[Stanza]) -> Iterator[Splice]:
    for kind, entry, change in tree.list_changes(group, wanted):
        added = [stanza.mapping() for stanza in change.added]
        if entry is None:
            yield _inserted(text, group, kind, _value_lines(text, block, group, kind, added))
        elif tree.is_empty(entry.value):
            yield from _filled(text, entry, _item_lines(text, block, group, entry, added))
        else:
            items = _block_items(text, entry)
            for index, spelling in change.spelt.items():
                yield _respelt(tree.recipient_scalar(items[index], kind), spelling)
            if not change.left and not added:
                yield from _emptied(text, block, group, entry)
                continue
            for index in change.removed:
                yield _item_removed(text, items[index])
            place = _end(text, items[-1])
            yield Splice(place, place, _item_lines(text, block, group, entry, added))


def _threshold_edit(text: str, block: Map, threshold: int) -> Iterator[Splice]:
    entry = block.entry("shamir_threshold")
    if entry is None:
        if threshold:
            yield _inserted(
                text, block, "shamir_threshold", f"shamir_threshold: {threshold}{newline_of(text)}"
            )
    elif not isinstance(entry.value, Scalar) or entry.value.text != str(threshold):
        if threshold:
            yield Splice(entry.value.start, entry.value.end, str(threshold))
        elif not tree.is_zero(entry.value):
            yield _dropped(text, entry)


# Splices.


def _inserted(text: str, group: Map, key: str, lines: str) -> Splice:
    """`lines`, which start at the key, put where sops has this key."""
    index = changes.place(group.names, key)
    indentation = " " * _column(text, group.entries[0].key.start)
    if index == len(group.entries):
        place = _end(text, group.entries[-1].value)
        return Splice(place, place, indentation + lines)
    next_key = group.entries[index].key.start
    place = line_start(text, next_key)
    if text[place:next_key].strip():  # the next key follows the dash of a list item
        return Splice(next_key, next_key, lines + indentation)
    return Splice(place, place, indentation + lines)


def _dropped(text: str, entry: Entry) -> Splice:
    return Splice(line_start(text, entry.key.start), _end(text, entry.value), "")


def _filled(text: str, entry: Entry, lines: str) -> Iterator[Splice]:
    """An empty list that gets items: `[]` or null goes, a comment behind it stays."""
    colon = text.index(":", entry.key.end) + 1
    if entry.value.end > colon:
        yield Splice(colon, entry.value.end, "")
    place = line_end(text, max(colon, entry.value.end))
    yield Splice(place, place, lines)


def _emptied(text: str, block: Map, group: Map, entry: Entry) -> Iterator[Splice]:
    """A list whose last item goes: the key goes too, unless the file keeps empty lists."""
    in_group = group is not block
    needed = in_group and (entry is group.entries[0] or entry.name in changes.ALWAYS_IN_GROUP)
    if not needed and not tree.keeps_empty(group, entry.name):
        yield _dropped(text, entry)
        return
    colon = text.index(":", entry.key.end) + 1
    sibling = tree.empty_sibling(group)
    empty = text[text.index(":", sibling.key.end) + 1 : sibling.value.end] if sibling else " []"
    yield Splice(colon, colon, empty)
    yield Splice(line_end(text, colon), _end(text, entry.value), "")


def _item_removed(text: str, item: Node) -> Splice:
    return Splice(line_start(text, item.start), _end(text, item), "")


def _respelt(value: Scalar, spelling: str) -> Splice:
    new = scalar(spelling)
    if new == spelling and value.style in ("'", '"'):  # a plain text needs no escapes in either quotes
        new = value.style + spelling + value.style
    return Splice(value.start, value.end, new)


# Positions.


def _end(text: str, node: Node) -> int:
    """Behind the last line of a node; the end that libyaml gives runs into comments that follow."""
    if isinstance(node, Scalar):
        if node.style not in ("|", ">"):
            return line_end(text, node.end)
        header = text[node.start : line_end(text, node.start)]
        if "+" in header.partition("#")[0]:
            return node.end
        content = text[node.start : node.end].rstrip()
        return line_end(text, node.start + len(content))
    if node.flow:
        return line_end(text, node.end)
    children = node.items if isinstance(node, List) else [entry.value for entry in node.entries]
    return _end(text, children[-1])


def _column(text: str, position: int) -> int:
    return position - line_start(text, position) - text.startswith("\ufeff", line_start(text, position))


def _deeper(column: int, indent: int) -> int:
    """The next column to the right of `column` (yaml.v3, yaml_emitter_increase_indent)."""
    return indent * ((column + indent) // indent)


def _indent(text: str, block: Map) -> int:
    return max(_column(text, block.entries[0].key.start), 2)


def _list_columns(text: str, block: Map, group: Map, entry: Entry | None) -> Columns:
    """The columns for items of `entry`: those of its own items, or of another list of the group."""
    indent = _indent(text, block)
    lists = [entry] if entry is not None else []
    for neighbour in (*lists, *tree.kind_entries(group)):
        value = neighbour.value
        if isinstance(value, List) and value.items and not value.flow:
            return _columns_of(text, value.items[0], indent)
    dash = _deeper(_column(text, group.entries[0].key.start), indent)
    return Columns(dash, dash + 2, _deeper(dash + 2, indent))


def _columns_of(text: str, item: Node, indent: int) -> Columns:
    start = line_start(text, item.start)
    key = item.start - start
    dash = text.find("-", start, item.start) - start
    content = _deeper(key, indent)
    for entry in item.entries if isinstance(item, Map) else ():
        if isinstance(entry.value, Scalar) and entry.value.style in ("|", ">"):
            line = line_end(text, entry.value.start)
            content = len(text[line:].partition("\n")[0]) - len(text[line:].partition("\n")[0].lstrip(" "))
    return Columns(dash, key, content)


# Lines.


def _value_lines(text: str, block: Map, group: Map, key: str, value: Any) -> str:
    """A key and its value; the first line is not indented, the others are."""
    newline = newline_of(text)
    if not isinstance(value, list):
        return f"{key}: {value}{newline}"
    columns = _list_columns(text, block, group, None)
    if key != "key_groups":
        return f"{key}:{newline}" + "".join(item_lines(item, columns, newline) for item in value)
    indent = _indent(text, block)
    dash = _deeper(_column(text, block.entries[0].key.start), indent)
    return f"{key}:{newline}" + "".join(_group_item(item, dash, indent, newline) for item in value)


def _group_item(group: Mapping[str, Any], dash: int, indent: int, newline: str) -> str:
    """One item of `key_groups`."""
    inner = _deeper(dash + 2, indent)
    columns = Columns(inner, inner + 2, _deeper(inner + 2, indent))
    lines = ""
    for key, items in group.items():
        lines += " " * (dash + 2) + (f"{key}:{newline}" if items else f"{key}: []{newline}")
        lines += "".join(item_lines(item, columns, newline) for item in items)
    return " " * dash + "-" + lines[dash + 1 :]


def _item_lines(text: str, block: Map, group: Map, entry: Entry, items: Sequence[Mapping[str, Any]]) -> str:
    if not items:
        return ""
    columns = _list_columns(text, block, group, entry)
    return "".join(item_lines(item, columns, newline_of(text)) for item in items)


def item_lines(item: Mapping[str, Any], columns: Columns, newline: str) -> str:
    """One stanza as a list item."""
    lines = "".join(_pair(key, value, columns.key, columns.literal, newline) for key, value in item.items())
    return " " * columns.dash + "-" + lines[columns.dash + 1 :]


def _pair(key: str, value: Any, column: int, inner: int, newline: str) -> str:
    start = " " * column + f"{scalar(key)}:"
    if isinstance(value, dict):
        pairs = "".join(_pair(name, value[name], inner, inner + 2, newline) for name in value)
        return f"{start}{newline}{pairs}" if pairs else f"{start} {{}}{newline}"
    lines = literal(value) if isinstance(value, str) else None
    if lines is None:
        return f"{start} {scalar(value)}{newline}"
    header, *content = lines
    return f"{start} {header}{newline}" + "".join(
        (" " * inner + line if line else "") + newline for line in content
    )


# What is refused.


def _block_items(text: str, entry: Entry) -> tuple[Node, ...]:
    value = entry.value
    if not isinstance(value, List) or value.flow:
        raise _flow_error(text, value.start)
    for item in value.items:
        if not re.fullmatch(r" *- *", text[line_start(text, item.start) : item.start]):
            raise _flow_error(text, item.start)
    return value.items


def _refuse_flow(text: str, group: Map) -> None:
    if group.flow:
        raise _flow_error(text, group.start)


def _flow_error(text: str, position: int) -> BrokenFileError:
    return BrokenFileError(
        "the SOPS metadata is not laid out in lines as sops does",
        hint="sops updatekeys writes the file anew",
        line=line_of(text, position),
    )
