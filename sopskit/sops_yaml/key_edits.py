"""Splices that add, remove and rename the named keys under `keys:`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.sops_yaml.hosts import role_of_list, role_of_name
from sopskit.sops_yaml.node_edits import (
    add_item,
    add_pair,
    column,
    insert_lines,
    is_null,
    quote,
    refusal,
    remove_node,
)
from sopskit.text import splice
from sopskit.text.splice import Splice
from sopskit.text.yaml_tree import Alias, Mapping, Node, Scalar, Sequence, anchor_of, get, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import NamedKey, Role, SopsYaml
    from sopskit.text.yaml_tree import Anchor, Document

_LIST_NAMES = {"machine": "hosts", "user": "users"}


def addition(doc: SopsYaml, anchor: str, recipient: Recipient, role: Role | None) -> list[Splice]:
    """Splices that put `&anchor recipient` behind the last key of its role.

    Raises:
        UnsupportedShapeError: `keys:` is neither a list nor a mapping of lists or keys.
    """
    document, root = doc.document, doc.document.roots[0]
    section = get(root, "keys")
    role = role or role_of_name(anchor)
    if section is None:
        return [_new_section(document, root, f"&{anchor} {quote(recipient.text)}")]
    if isinstance(section, Sequence) and section.items:
        return _add_to_list(document, section, anchor, recipient, role)
    if isinstance(section, Mapping) and section.pairs:
        return _add_to_mapping(document, section, anchor, recipient, role)
    if is_null(section) or not isinstance(section, Alias | Scalar):
        raise refusal(document, section.span.start, "keys: is empty", "remove the line, or put a key there")
    raise refusal(document, section.span.start, "keys: is no list", "make it a list: - &NAME KEY")


def _new_section(document: Document, root: Node, entry: str) -> Splice:
    """`keys:` above the first field, its dashes where the file has them."""
    text = document.text
    if not isinstance(root, Mapping) or root.flow:
        raise refusal(document, root.span.start, "the file is one flow mapping", "write it in block style")
    start = root.pairs[0].key.span.start
    if column(text, start):
        raise refusal(document, start, "the first field is indented or behind ---", "put it on its own line")
    offset = 2
    rules = get(root, "creation_rules")
    if isinstance(rules, Sequence) and not rules.flow:
        offset = column(text, rules.dashes[0])
    newline = splice.newline_of(text)
    return Splice(start, start, f"keys:{newline}{' ' * offset}- {entry}{newline}")


def _add_to_list(
    document: Document, keys: Sequence, anchor: str, recipient: Recipient, role: Role | None
) -> list[Splice]:
    nested = [(entry, *found) for entry in keys.items if (found := _role_list(entry)) is not None]
    same_role = [inner for _, inner, found in nested if found == role]
    if role is not None and same_role:
        return _append_key(document, same_role[-1], anchor, recipient, role)
    plain = [item for item in keys.items if isinstance(item, Scalar)]
    if role is None or plain or not nested:
        return _append_key(document, keys, anchor, recipient, role)
    _, inner, _ = nested[-1]
    name = _LIST_NAMES[role]
    entry = f"&{anchor} {quote(recipient.text, flow=inner.flow)}"
    if inner.flow:
        return add_item(document, keys, f"{name}: [{entry}]")
    if keys.flow:
        raise refusal(document, keys.span.start, "keys: is a flow list", "write it in block style")
    dash = column(document.text, keys.dashes[-1])
    inner_indent = " " * column(document.text, inner.dashes[0])
    lines = [f"{' ' * dash}- {name}:", f"{inner_indent}- {entry}"]
    return [insert_lines(document.text, keys.span.end, lines)]


def _role_list(entry: Node) -> tuple[Sequence, Role | None] | None:
    """The list in an entry such as `- hosts: [...]`, and its role."""
    if isinstance(entry, Mapping) and len(entry.pairs) == 1:
        key, value = entry.pairs[0]
        if isinstance(key, Scalar) and isinstance(value, Sequence) and value.items:
            return value, role_of_list(key.value)
    if isinstance(entry, Sequence) and entry.items:
        anchor = anchor_of(entry)
        return entry, role_of_list(anchor.name) if anchor else None
    return None


def _add_to_mapping(
    document: Document, keys: Mapping, anchor: str, recipient: Recipient, role: Role | None
) -> list[Splice]:
    """`keys: {hosts: [...], users: [...]}` or `keys: {name: &name KEY}`."""
    lists = [
        (role_of_list(pair.key.value), pair.value)
        for pair in keys.pairs
        if isinstance(pair.key, Scalar) and isinstance(pair.value, Sequence) and pair.value.items
    ]
    if not lists:
        return add_pair(document, keys, [f"{anchor}: &{anchor} {quote(recipient.text, flow=keys.flow)}"])
    for found, inner in reversed(lists):
        if found == role:
            return _append_key(document, inner, anchor, recipient, role)
    if role is None:
        return _append_key(document, lists[-1][1], anchor, recipient, role)
    inner = lists[-1][1]
    name, entry = _LIST_NAMES[role], f"&{anchor} {quote(recipient.text, flow=inner.flow)}"
    if inner.flow:
        return add_pair(document, keys, [f"{name}: [{entry}]"])
    offset = column(document.text, inner.dashes[0]) - column(document.text, keys.pairs[-1].key.span.start)
    return add_pair(document, keys, [f"{name}:", f"{' ' * offset}- {entry}"])


def _append_key(
    document: Document, keys: Sequence, anchor: str, recipient: Recipient, role: Role | None
) -> list[Splice]:
    """Put the key behind the last one of its role, or at the end, its value in the neighbours' column."""
    entries = _entries(keys.items)
    after = len(keys.items) - 1
    if role is not None:
        of_role = [number for number, item in enumerate(keys.items) if _prefix_role(item) == role]
        after = of_role[-1] if of_role else after
    styles = {item.style for item, _ in entries}
    style = styles.pop() if len(styles) == 1 else ""
    style = style if style in ("'", '"') else ""
    gap = " " * max(1, _value_offset(entries) - len(anchor) - 1)
    value = quote(recipient.text, style=style, flow=keys.flow)
    return add_item(document, keys, f"&{anchor}{gap}{value}", after)


def _prefix_role(item: Node) -> Role | None:
    anchor = anchor_of(item)
    return role_of_name(anchor.name) if anchor else None


def _value_offset(entries: list[tuple[Scalar, Anchor]]) -> int:
    """Characters from the `&` to the value where the values are aligned in a column, else 0."""
    offsets = {item.content.start - anchor.span.start for item, anchor in entries}
    lengths = {len(anchor.name) for _, anchor in entries}
    gaps = {item.content.start - anchor.span.end for item, anchor in entries}
    aligned = len(offsets) == 1 and (len(lengths) > 1 or gaps != {1})
    return offsets.pop() if aligned else 0


def removal(doc: SopsYaml, key: NamedKey) -> list[Splice]:
    """Splices that take a key out of `keys:`.

    Raises:
        UnsupportedShapeError: an alias of the key is left.
    """
    node = key.node
    if node is None:
        return []
    for alias in _aliases(doc.document, node):
        raise refusal(
            doc.document, alias.span.start, f"*{key.name} still stands here",
            "take the key out of the rules first",
        )  # fmt: skip
    return remove_node(doc.document, node)


def renaming(doc: SopsYaml, key: NamedKey, name: str) -> list[Splice]:
    """Splices that rename an anchor and its aliases; a column of values stays aligned where it can."""
    node = key.node
    anchor = anchor_of(node) if node else None
    if node is None or anchor is None:
        return []
    gap = doc.text[anchor.span.end : node.content.start]
    offset = _neighbours_offset(doc.document, node)
    in_column = node.content.start - anchor.span.start == offset
    sticks_out = gap == " " and len(anchor.name) + 1 >= offset
    if offset and not gap.strip(" ") and (in_column or sticks_out):
        gap = " " * max(1, offset - len(name) - 1)
    splices = [Splice(anchor.span.start, node.content.start, f"&{name}{gap}")]
    splices += [Splice(*alias.span, f"*{name}") for alias in _aliases(doc.document, node)]
    return splices


def _neighbours_offset(document: Document, node: Scalar) -> int:
    """`_value_offset` of the other keys in a key's list."""
    for parent in walk(document.roots[0]):
        if isinstance(parent, Sequence) and any(item is node for item in parent.items):
            return _value_offset(_entries([item for item in parent.items if item is not node]))
    return 0


def _entries(items: Iterable[Node]) -> list[tuple[Scalar, Anchor]]:
    found = [(item, anchor_of(item)) for item in items if isinstance(item, Scalar)]
    return [(item, anchor) for item, anchor in found if anchor is not None]


def _aliases(document: Document, node: Scalar) -> list[Alias]:
    return [
        found
        for root in document.roots
        for found in walk(root)
        if isinstance(found, Alias) and document.target(found) is node
    ]
