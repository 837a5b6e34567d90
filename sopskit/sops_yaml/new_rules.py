"""Splices that add a creation rule in the style of the rules beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops_yaml.members import FLAT_FIELDS, GROUP_FIELDS
from sopskit.sops_yaml.node_edits import column, insert_lines, is_null, quote, refusal
from sopskit.text import splice
from sopskit.text.splice import Splice
from sopskit.text.yaml_tree import Mapping, Scalar, Sequence, get

if TYPE_CHECKING:
    from sopskit.keys.recipients import StanzaKind
    from sopskit.sops_yaml.model import SopsYaml
    from sopskit.sops_yaml.rule_edits import Named
    from sopskit.text.yaml_tree import Document, Node


class _Style(NamedTuple):
    """How a file writes its rules; offsets are columns relative to the line above in the nesting."""

    dash: int = 2
    quotes: str = "'"
    grouped: bool = True
    value: str = "block"  # "block", "flow" or "string"
    group_dash: int = 2
    item_dash: int = 2
    value_quotes: str = ""
    order: tuple[StanzaKind, ...] = ()


class NewRule(NamedTuple):
    """What a new rule says.

    Attributes:
        path_regex: its pattern.
        members: its keys.
        selector: which values are encrypted, as (field, value), or None for the default.
        mac_only_encrypted: the field of that name.
    """

    path_regex: str
    members: tuple[Named, ...]
    selector: tuple[str, str] | None = None
    mac_only_encrypted: bool = False


def addition(doc: SopsYaml, rule: NewRule, before: int | None) -> list[Splice]:
    """Splices that add a rule before the rule number `before`, or behind the last.

    Raises:
        UnsupportedShapeError: `creation_rules` is a flow list, or no list.
    """
    document = doc.document
    section = get(document.roots[0], "creation_rules")
    if section is None:
        lines = ["creation_rules:", *_lines(_Style(), rule, len(doc.text))]
        return [insert_lines(doc.text, len(doc.text), lines)]
    if not isinstance(section, Sequence) or section.flow or not section.items:
        raise refusal(
            document, section.span.start, "creation_rules is no block list with a rule in it",
            "write it as one: a line with - for each rule",
        )  # fmt: skip
    index = len(section.items) if before is None else _item_index(section, before)
    neighbour = section.items[min(index, len(section.items) - 1)]
    style = _style_of(document, section, neighbour)
    place = section.dashes[index] if index < len(section.items) else section.span.end
    lines = _lines(style, rule, place)
    blank = _blank_between(doc.text, section)
    if index == len(section.items):
        return [insert_lines(doc.text, section.span.end, ([""] if blank else []) + lines)]
    newline = splice.newline_of(doc.text)
    start = _above_comments(doc.text, splice.line_start(doc.text, place))
    block = newline.join(lines + ([""] if blank else [])) + newline
    return [Splice(start, start, block)]


def _item_index(section: Sequence, number: int) -> int:
    """Index of the rule with this number: null items are no rules."""
    present = [index for index, item in enumerate(section.items) if not is_null(item)]
    return present[number - 1]


def _above_comments(text: str, start: int) -> int:
    """Start of the comment lines directly above a line: they belong to the rule below them."""
    while start > 0:
        above = splice.line_start(text, start - 1)
        if not text[above:start].lstrip(" \ufeff").startswith("#"):
            break
        start = above
    return start


def _blank_between(text: str, section: Sequence) -> bool:
    """Whether a blank line stands between the last two rules."""
    if len(section.items) < 2:
        return False
    between = text[section.items[-2].span.end : section.dashes[-1]]
    return re.search(r"\n[ \t]*\r?\n", between) is not None


def _style_of(document: Document, section: Sequence, neighbour: Node) -> _Style:
    rule = document.resolved(neighbour)
    style = _Style(dash=column(document.text, section.dashes[0]), quotes=_quotes(document, section))
    if not isinstance(rule, Mapping):
        return style
    groups = get(rule, "key_groups")
    fields: Node = rule
    base = column(document.text, rule.pairs[0].key.span.start)
    if groups is None or is_null(groups):
        style = style._replace(grouped=False)
    elif isinstance(groups, Sequence) and groups.items and not groups.flow:
        dash = column(document.text, groups.dashes[0])
        style = style._replace(group_dash=dash - base)
        fields = document.resolved(groups.items[0])
        if isinstance(fields, Mapping) and not fields.flow:
            base = column(document.text, fields.pairs[0].key.span.start)
    return _with_values(document, style, fields, base)


def _with_values(document: Document, style: _Style, fields: Node, base: int) -> _Style:
    """The style of the lists or strings of keys in a neighbour's fields, and their order."""
    kinds = {name: kind for kind, name in (GROUP_FIELDS if style.grouped else FLAT_FIELDS).items()}
    order: list[StanzaKind] = []
    shape = "block" if style.grouped else "string"
    quotes, item_dash = "", style.item_dash
    for key, value in fields.pairs if isinstance(fields, Mapping) else ():
        if not isinstance(key, Scalar) or key.value not in kinds:
            continue
        order.append(kinds[key.value])
        if isinstance(value, Scalar):
            shape, quotes = "string", value.style if value.style in ("'", '"') else ""
        elif isinstance(value, Sequence) and (value.flow or (isinstance(fields, Mapping) and fields.flow)):
            shape = "flow"
        elif isinstance(value, Sequence):
            shape, item_dash = "block", column(document.text, value.dashes[0]) - base
    return style._replace(value=shape, value_quotes=quotes, item_dash=item_dash, order=tuple(order))


def _quotes(document: Document, section: Sequence) -> str:
    """The quotes around most patterns of the file; single ones if there is no pattern."""
    found = [
        value.style
        for item in section.items
        if isinstance(value := get(document.resolved(item), "path_regex"), Scalar)
        and value.style in ("", "'", '"')
    ]
    return max(found, key=found.count) if found else "'"


def _lines(style: _Style, rule: NewRule, place: int) -> list[str]:
    margin = " " * style.dash
    fields = _field_lines(style, rule.members, place)
    if style.grouped:
        indent = " " * style.group_dash
        fields = [f"{indent}{'- ' if number == 0 else '  '}{line}" for number, line in enumerate(fields)]
        fields = ["key_groups:", *fields]
    settings = [("path_regex", rule.path_regex), *([rule.selector] if rule.selector else [])]
    lines = [f"{name}: {quote(value, style=style.quotes)}" for name, value in settings if value]
    if rule.mac_only_encrypted:
        lines.append("mac_only_encrypted: true")
    return [f"{margin}{'  ' if number else '- '}{line}" for number, line in enumerate([*lines, *fields])]


def _field_lines(style: _Style, members: tuple[Named, ...], place: int) -> list[str]:
    names = GROUP_FIELDS if style.grouped else FLAT_FIELDS
    kinds = sorted(
        names, key=lambda kind: style.order.index(kind) if kind in style.order else len(style.order)
    )
    lines: list[str] = []
    for kind in kinds:
        group = [member for member in members if member.recipient.stanza_kind is kind]
        if not group:
            continue
        if style.value == "string" and not style.grouped:
            value = quote(",".join(member.recipient.text for member in group), style=style.value_quotes)
            lines.append(f"{names[kind]}: {value}")
            continue
        items = [member.item(splice.Span(place, place), flow=style.value == "flow") for member in group]
        if style.value == "flow":
            lines.append(f"{names[kind]}: [{', '.join(items)}]")
        else:
            lines += [f"{names[kind]}:", *(f"{' ' * style.item_dash}- {item}" for item in items)]
    return lines
