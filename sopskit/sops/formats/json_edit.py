"""Edits of the object `sops` of a JSON file, which keep the text of every member that stays.

What is new has the file's own indentation, or none where the file is on one line.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.keys.recipients import StanzaKind
from sopskit.sops.formats import changes, tree
from sopskit.sops.formats.tree import Entry, List, Map, Scalar
from sopskit.text.splice import Splice, apply, line_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.metadata import Stanza


class _Layout(NamedTuple):
    """How the file is laid out.

    Attributes:
        outer: what stands in front of a member of the top-level object: a newline and its indentation.
        unit: one level of indentation, or None where all is on one line.
        comma: behind a comma, where all is on one line.
        colon: between a name and its value.
    """

    outer: str
    unit: str | None
    comma: str
    colon: str

    def lead(self, depth: int) -> str:
        """What stands in front of a member or item `depth` levels deep; top-level members are 1."""
        return "" if self.unit is None else self.outer + self.unit * (depth - 1)


class _Edit:
    """What happens to the members of one object: new texts of values, names that go, new members."""

    def __init__(
        self,
        values: dict[str, str] | None = None,
        dropped: set[str] | None = None,
        added: dict[str, str] | None = None,
    ) -> None:
        self.values = values or {}
        self.dropped = dropped or set()
        self.added = added or {}


def edited(text: str, block: Map, groups: Sequence[Sequence[Stanza]], threshold: int) -> str:
    """The text of the object `block` of `text` with these groups.

    Raises:
        BrokenFileError: a list of stanzas is something else.
    """
    changes.check_wanted(groups)
    layout = _layout(text, block)
    present = tree.group_maps(block)
    if len(present) != len(groups):
        edit = _reshape(block, groups, threshold, layout)
    else:
        if present == [block]:
            edit = _edit_lists(text, block, groups[0], layout, 2)
        else:
            edit = _edit_groups(text, block, groups, layout)
        _edit_threshold(block, threshold, edit)
    return _object_text(text, block, edit, layout, 2)


def with_values(text: str, block: Map, values: Mapping[str, str | bool | None]) -> str:
    """The text of the object `block` of `text` with these values, by name; None removes one."""
    layout = _layout(text, block)
    edit = _Edit()
    for name, value in values.items():
        if value is None:
            edit.dropped.add(name)
        else:
            known = edit.added if block.entry(name) is None else edit.values
            known[name] = _render(value, layout, 2)
    return _object_text(text, block, edit, layout, 2)


def _reshape(block: Map, groups: Sequence[Sequence[Stanza]], threshold: int, layout: _Layout) -> _Edit:
    values = tree.shape(groups, threshold).items()
    return _Edit(
        dropped={entry.name for entry in tree.stanza_entries(block)},
        added={key: _render(value, layout, 2) for key, value in values},
    )


def _edit_groups(text: str, block: Map, groups: Sequence[Sequence[Stanza]], layout: _Layout) -> _Edit:
    entry = block.entry("key_groups")
    if entry is None:
        return _Edit()
    base = entry.value.start
    splices = []
    for group, wanted in zip(tree.group_maps(block), groups, strict=True):
        inner = _edit_lists(text, group, wanted, layout, 4)
        new = _object_text(text, group, inner, layout, 4)
        splices.append(Splice(group.start - base, group.end - base, new))
    return _Edit(values={"key_groups": apply(text[base : entry.value.end], splices)})


def _edit_lists(text: str, group: Map, wanted: Sequence[Stanza], layout: _Layout, depth: int) -> _Edit:
    """What changes in the lists of a group whose members are `depth` levels deep."""
    edit = _Edit()
    sibling = tree.empty_sibling(group)
    for kind, entry, change in tree.list_changes(group, wanted):
        added = [stanza.mapping() for stanza in change.added]
        if entry is None:
            edit.added[kind] = _render(added, layout, depth)
        elif not change.left and not added:
            if tree.keeps_empty(group, kind):
                edit.values[kind] = text[sibling.value.start : sibling.value.end] if sibling else "null"
            elif depth > 2 and kind in changes.ALWAYS_IN_GROUP:
                edit.values[kind] = "[]"
            else:
                edit.dropped.add(kind)
        elif tree.is_empty(entry.value):
            edit.values[kind] = _render(added, layout, depth)
        else:
            edit.values[kind] = _list_text(text, entry, change, layout, depth)
    return edit


def _edit_threshold(block: Map, threshold: int, edit: _Edit) -> None:
    entry = block.entry("shamir_threshold")
    if entry is None:
        if threshold:
            edit.added["shamir_threshold"] = str(threshold)
    elif not threshold:
        if not tree.is_zero(entry.value):
            edit.dropped.add("shamir_threshold")
    elif not isinstance(entry.value, Scalar) or entry.value.text != str(threshold):
        edit.values["shamir_threshold"] = str(threshold)


# Texts of containers. A member's text runs from its name, or from the item's start, up to the comma.


def _object_text(text: str, node: Map, edit: _Edit, layout: _Layout, depth: int) -> str:
    members = []
    for entry, (lead, start, end) in zip(node.entries, _members(text, node), strict=True):
        value = edit.values.get(entry.name)
        body = text[start:end]
        if value is not None:
            body = text[start : entry.value.start] + value + text[entry.value.end : end]
        if entry.name not in edit.dropped:
            members.append((entry.name, lead, body))
    for name in sorted(edit.added, key=changes.order([name for name, _, _ in members])):
        names = [name for name, _, _ in members]
        member = (name, layout.lead(depth), f"{_string(name)}{layout.colon}{edit.added[name]}")
        members.insert(changes.place(names, name), member)
    return _join(text, node, [(lead, body) for _, lead, body in members], layout)


def _list_text(text: str, entry: Entry, change: changes.ListChange, layout: _Layout, depth: int) -> str:
    node = entry.value
    if not isinstance(node, List):
        raise BrokenFileError(f"{entry.name} in the SOPS metadata is no list", line=line_of(text, node.start))
    items = []
    for index, (lead, start, end) in enumerate(_members(text, node)):
        if index in change.removed:
            continue
        body = text[start:end]
        if index in change.spelt:
            value = tree.recipient_scalar(node.items[index], StanzaKind(entry.name))
            body = apply(body, [Splice(value.start - start, value.end - start, _string(change.spelt[index]))])
        items.append((lead, body))
    lead = layout.lead(depth + 1)
    items += [(lead, _render(stanza.mapping(), layout, depth + 1)) for stanza in change.added]
    return _join(text, node, items, layout)


def _members(text: str, node: Map | List) -> list[tuple[str, int, int]]:
    """The members of a container: the space in front, and where the text up to the comma is."""
    spans = _spans(node)
    result, position = [], node.start + 1
    for index, (start, end) in enumerate(spans):
        stop = text.index(",", end) if index + 1 < len(spans) else end
        result.append((text[position:start], start, stop))
        position = stop + 1
    return result


def _spans(node: Map | List) -> list[tuple[int, int]]:
    if isinstance(node, List):
        return [(item.start, item.end) for item in node.items]
    return [(entry.key.start, entry.value.end) for entry in node.entries]


def _join(text: str, node: Map | List, members: Sequence[tuple[str, str]], layout: _Layout) -> str:
    """A container of these members between the brackets of `node`, its closing space kept."""
    opening, closing = text[node.start], text[node.end - 1]
    spans = _spans(node)
    last = text[spans[-1][1] : node.end - 1] if spans else ""
    first = text[node.start + 1 : spans[0][0]] if spans else ""
    parts = []
    for index, (lead, body) in enumerate(members):
        if layout.unit is None:
            lead = layout.comma if index else first  # noqa: PLW2901
        parts.append(lead + body)
    return opening + ",".join(parts) + last + closing


# What is new.


def _layout(text: str, block: Map) -> _Layout:
    if not block.entries:
        raise BrokenFileError("the SOPS metadata is empty", line=line_of(text, block.start))
    first, last = block.entries[0], block.entries[-1]
    colon = text[first.key.end : first.value.start]
    inner, outer = text[block.start + 1 : first.key.start], text[last.value.end : block.end - 1]
    if "\n" in inner:
        return _Layout(outer, inner.removeprefix(outer), "", colon)
    comma = ""
    if len(block.entries) > 1:
        comma = text[text.index(",", first.value.end) + 1 : block.entries[1].key.start]
    return _Layout("", None, comma, colon)


def _render(value: Any, layout: _Layout, depth: int) -> str:
    """A value in the file's layout, standing in a member that is `depth` levels deep."""
    if isinstance(value, dict):
        members = [f"{_string(key)}{layout.colon}{_render(value[key], layout, depth + 1)}" for key in value]
        return _brackets("{}", members, layout, depth)
    if isinstance(value, list):
        return _brackets("[]", [_render(item, layout, depth + 1) for item in value], layout, depth)
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _brackets(pair: str, members: Sequence[str], layout: _Layout, depth: int) -> str:
    if not members:
        return pair
    lead = layout.lead(depth + 1)
    body = f",{layout.comma if layout.unit is None else lead}".join(members)
    return pair[0] + lead + body + layout.lead(depth) + pair[1]


# Go's json.Marshal makes JSON safe for HTML and for JavaScript.
_GO_ESCAPES = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).translate(_GO_ESCAPES)
