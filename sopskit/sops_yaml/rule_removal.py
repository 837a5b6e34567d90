"""Edits that take a whole rule, or one of its key groups, out of a `.sops.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.sops_yaml.checks import applied, key_shapes, member_shapes, require, rule_shapes, settings
from sopskit.sops_yaml.node_edits import is_null, refusal, remove_node
from sopskit.sops_yaml.rule_edits import group_mapping, refuse_shared
from sopskit.text import splice
from sopskit.text.splice import Splice
from sopskit.text.yaml_tree import Mapping, Node, Sequence, get, walk

if TYPE_CHECKING:
    from sopskit.sops_yaml.model import SopsYaml
    from sopskit.text.yaml_tree import Document


def remove_rule(doc: SopsYaml, number: int) -> SopsYaml:
    """Take a rule out, and one blank line that set it apart; comments above it stay.

    Args:
        doc: the file.
        number: of the rule, from 1.

    Raises:
        UnsupportedShapeError: the file cannot be edited safely.
    """
    rules = get(doc.document.roots[0], "creation_rules")
    section = doc.document.resolved(rules) if rules is not None else None
    if not isinstance(section, Sequence):
        raise refusal(doc.document, 0, "creation_rules is no list", "edit the file by hand")
    item = [item for item in section.items if not is_null(item)][number - 1]
    splices = remove_node(doc.document, item)
    if len(section.items) > 1:
        splices = _with_blank_line(doc.text, splices, is_first=item is section.items[0])
    result = applied(doc, splices)
    require(doc, key_shapes(doc.keys) == key_shapes(result.keys))
    others = doc.rules[: number - 1] + doc.rules[number:]
    require(doc, rule_shapes(others) == rule_shapes(result.rules))
    return result


def remove_group(doc: SopsYaml, number: int, group: int) -> SopsYaml:
    """Take a key group out of a rule that has others.

    Args:
        doc: the file.
        number: of the rule, from 1.
        group: index into `Rule.groups`.

    Raises:
        UnsupportedShapeError: the file cannot be edited safely, such as where other rules share the group.
    """
    rule = doc.rules[number - 1]
    mapping, _ = group_mapping(doc, rule, group)
    refuse_shared(doc, [rule], mapping)
    result = applied(doc, remove_node(doc.document, _item_of(doc.document, mapping)))
    require(doc, key_shapes(doc.keys) == key_shapes(result.keys) and len(doc.rules) == len(result.rules))
    for before, after in zip(doc.rules, result.rules, strict=True):
        left = [
            member_shapes(members)
            for index, members in enumerate(before.groups)
            if (before.number, index) != (number, group)
        ]
        require(doc, left == [member_shapes(members) for members in after.groups])
        require(doc, settings(before) == settings(after))
    return result


def _item_of(document: Document, mapping: Mapping) -> Node:
    """The list item that a group is: itself, or the alias of it."""
    for node in walk(document.roots[0]):
        for item in node.items if isinstance(node, Sequence) else ():
            if document.resolved(item) is mapping:
                return item
    return mapping


def _with_blank_line(text: str, splices: list[Splice], *, is_first: bool) -> list[Splice]:
    """The same removal, with the blank line that set the rule apart from the next one, or the one before."""
    if len(splices) != 1:
        return splices
    start, end, _ = splices[0]
    above, below = splice.line_start(text, max(0, start - 1)), splice.line_end(text, end)
    line = text[above:start].strip()
    blank_above = start > 0 and not line
    if end < len(text) and not text[end:below].strip() and (is_first or blank_above) and line[:1] != "#":
        return [Splice(start, below, "")]
    if end == len(text) and blank_above:
        return [Splice(above, end, "")]
    return splices
