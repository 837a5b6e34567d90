"""Splices that add a key to rules, or take one out of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UnsupportedShapeError, UsageError
from sopskit.keys.recipients import StanzaKind
from sopskit.sops_yaml import strings
from sopskit.sops_yaml.decoding import is_merge_key
from sopskit.sops_yaml.members import FLAT_FIELDS, GROUP_FIELDS
from sopskit.sops_yaml.node_edits import add_item, add_pair, column, is_null, quote, refusal, remove_node
from sopskit.text.yaml_tree import Alias, Mapping, Node, Scalar, Sequence, get, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Member, Rule, SopsYaml
    from sopskit.text.splice import Span, Splice
    from sopskit.text.yaml_tree import Document

_HINT = "edit this rule by hand"


class Named(NamedTuple):
    """A key to put into rules: its recipient, and its anchor with the place where the anchor stands."""

    recipient: Recipient
    anchor: str
    defined: int

    def spelled(self, style: str = "", *, flow: bool = False) -> str:
        """The recipient as YAML text."""
        return quote(self.recipient.text, style=style, flow=flow)

    def item(self, place: Span, *, flow: bool) -> str:
        """The text of a list item: an alias where the anchor stands above it."""
        return f"*{self.anchor}" if self.defined < place.start else self.spelled(flow=flow)


def addition(doc: SopsYaml, rules: Collection[Rule], key: Named, group: int | None) -> list[Splice]:
    """Splices that add `key` to each rule; a list that several of them share is edited once.

    Raises:
        UsageError: a rule has several groups and `group` is None, or has no such group.
        UnsupportedShapeError: see `editing.add_to_rules`.
    """
    splices: list[Splice] = []
    edited: set[int] = set()
    for rule in rules:
        index = _group_index(doc, rule, group)
        if key.recipient in [member.recipient for member in rule.groups[index]]:
            continue
        mapping, grouped = group_mapping(doc, rule, index)
        name = (GROUP_FIELDS if grouped else FLAT_FIELDS)[key.recipient.stanza_kind]
        if grouped and key.recipient.stanza_kind in _MAPPING_KINDS:
            raise refusal(doc.document, mapping.span.start, f"a {name} key of a key group has fields", _HINT)
        value = _own_field(doc.document, mapping, name)
        target = mapping if value is None else doc.document.resolved(value)
        _refuse_unfit(doc.document, name, value, target)
        refuse_shared(doc, rules, target)
        if target.span.start not in edited:
            edited.add(target.span.start)
            splices += _add_member(doc.document, mapping, name, value, key, grouped=grouped)
    return splices


_MAPPING_KINDS = (StanzaKind.KMS, StanzaKind.GCP_KMS, StanzaKind.HCKMS, StanzaKind.AZURE_KV)


def _group_index(doc: SopsYaml, rule: Rule, group: int | None) -> int:
    count = len(rule.groups)
    if group is None and count > 1:
        raise UsageError(
            f"rule {rule.number} has {count} key groups", hint="say which one: --group N",
            path=doc.path, line=rule.line,
        )  # fmt: skip
    if group is not None and not 0 <= group < count:
        raise UsageError(f"rule {rule.number} has no such key group", path=doc.path, line=rule.line)
    return group or 0


def group_mapping(doc: SopsYaml, rule: Rule, index: int) -> tuple[Mapping, bool]:
    """The mapping that holds a group's fields, and whether it is an entry of `key_groups`."""
    document, node = doc.document, rule.node
    if isinstance(node, Mapping):
        groups = _own_field(document, node, "key_groups")
        target = document.resolved(groups) if groups is not None else None
        items = target.items if isinstance(target, Sequence) else ()
        present = [document.resolved(item) for item in items if not is_null(item)]
        mapping = present[index] if present else node
        if isinstance(mapping, Mapping):
            return mapping, bool(present)
    raise UnsupportedShapeError(
        "this rule cannot be edited safely", hint=_HINT, path=doc.path, line=rule.line
    )


def _own_field(document: Document, mapping: Mapping, name: str) -> Node | None:
    """A field's value; refused where a merge key (<<) brings the field."""
    value = get(mapping, name)
    for pair in mapping.pairs if value is None else ():
        if is_merge_key(pair.key):
            source = document.resolved(pair.value)
            for part in source.items if isinstance(source, Sequence) else (source,):
                merged = document.resolved(part)
                if isinstance(merged, Mapping) and _own_field(document, merged, name) is not None:
                    message = f"the field {name} comes from a merge key (<<)"
                    raise refusal(document, pair.key.span.start, message, _HINT)
    return value


def refuse_shared(doc: SopsYaml, rules: Collection[Rule], target: Node) -> None:
    """Refuse to edit a node that rules outside of `rules` are made of, too.

    Raises:
        UnsupportedShapeError: it is shared; the hint names the other rules.
    """
    chosen = {rule.number for rule in rules}
    position = target.span.start
    others = [rule.number for rule in doc.rules if position in rule.visited and rule.number not in chosen]
    if others:
        names = ", ".join(map(str, others))
        hint = f"choose these rules as well, or give them a list of their own: {names}"
        raise refusal(doc.document, position, f"rule {names} shares this list of keys", hint)
    if position in doc.destinations:
        raise refusal(doc.document, position, "destination_rules share this list of keys", _HINT)


def _refuse_unfit(document: Document, name: str, value: Node | None, target: Node) -> None:
    """Refuse a field that cannot gain a key.

    An empty field would be gone when it is emptied again; an alias of one key is that key's own text.
    """
    if value is None:
        return
    if is_null(target) or (isinstance(target, Sequence) and not target.items):
        raise refusal(document, value.span.start, f"the field {name} is empty", "remove the field")
    if isinstance(value, Alias) and isinstance(target, Scalar) and "," not in target.value:
        hint = f"write it as a list: {name}: [*{value.name}]"
        raise refusal(document, value.span.start, f"the field {name} is an alias of a single key", hint)


def _add_member(
    document: Document, mapping: Mapping, name: str, value: Node | None, key: Named, *, grouped: bool
) -> list[Splice]:
    if value is None:
        return _add_field(document, mapping, name, key, grouped=grouped)
    target = document.resolved(value)
    if isinstance(target, Sequence):
        return add_item(document, target, key.item(target.span, flow=target.flow))
    if isinstance(target, Scalar):
        return strings.add_part(document, target, key.recipient.text)
    raise refusal(document, value.span.start, f"the field {name} is no list of keys", _HINT)


def _add_field(document: Document, mapping: Mapping, name: str, key: Named, *, grouped: bool) -> list[Splice]:
    """Add a field in the style of the key field beside it."""
    names = (GROUP_FIELDS if grouped else FLAT_FIELDS).values()
    after, sibling = _sibling(mapping, names)
    place = mapping.pairs[after].span
    lines = _field_lines(document, name, sibling, key, place, grouped=grouped, flow=mapping.flow)
    return add_pair(document, mapping, lines, after)


def _sibling(mapping: Mapping, names: Collection[str]) -> tuple[int, Node | None]:
    """Index and value of the last field that holds keys; else where such a field would go."""
    index = len(mapping.pairs) - 1
    for number, pair in enumerate(mapping.pairs):
        if isinstance(pair.key, Scalar) and pair.key.value == "path_regex":
            index = number
    for number, pair in reversed(list(enumerate(mapping.pairs))):
        if isinstance(pair.key, Scalar) and pair.key.value in names and not is_null(pair.value):
            return number, pair.value
    return index, None


def _field_lines(
    document: Document, name: str, sibling: Node | None, key: Named, place: Span, *, grouped: bool, flow: bool
) -> list[str]:
    if isinstance(sibling, Scalar) or (not grouped and not isinstance(sibling, Sequence)):
        style = sibling.style if isinstance(sibling, Scalar) and sibling.style in ("'", '"') else ""
        return [f"{name}: {key.spelled(style, flow=flow)}"]
    if flow or (isinstance(sibling, Sequence) and sibling.flow):
        return [f"{name}: [{key.item(place, flow=True)}]"]
    offset, gap = 2, " "
    if isinstance(sibling, Sequence):
        dash = sibling.dashes[0]
        offset = column(document.text, dash) - _key_column(document, sibling)
        between = document.text[dash + 1 : sibling.items[0].span.start]
        gap = between if between and not between.strip(" ") else " "
    return [f"{name}:", f"{' ' * offset}-{gap}{key.item(place, flow=False)}"]


def _key_column(document: Document, value: Sequence) -> int:
    """Column of the key whose value is a block list: the key stands on the nearest line above it."""
    for node in walk(document.roots[0]):
        if isinstance(node, Mapping):
            for pair in node.pairs:
                if pair.value is value:
                    return column(document.text, pair.key.span.start)
    return column(document.text, value.dashes[0])


def removal(doc: SopsYaml, rules: Collection[Rule], wanted: Callable[[Member], bool]) -> list[Splice]:
    """Splices that take members out, at most one of each list or string: repeat until there are none.

    Raises:
        UnsupportedShapeError: see `editing.remove_from_rules`.
    """
    splices: list[Splice] = []
    edited: set[int] = set()
    for rule in rules:
        _refuse_empty_group(doc, rule, wanted)
        for member in (member for group in rule.uses for member in group if wanted(member)):
            refuse_shared(doc, rules, member.holder)
            if member.holder.span.start not in edited:
                edited.add(member.holder.span.start)
                splices += _remove_member(doc.document, member)
    return splices


def _refuse_empty_group(doc: SopsYaml, rule: Rule, wanted: Callable[[Member], bool]) -> None:
    for number, group in enumerate(rule.groups, start=1):
        if group and all(wanted(member) for member in group):
            where = (
                f"rule {rule.number}"
                if len(rule.groups) == 1
                else f"key group {number} of rule {rule.number}"
            )
            raise UnsupportedShapeError(
                f"{where} would be left without a key", path=doc.path, line=group[0].line,
                hint="add another key to it first, or remove the rule",
            )  # fmt: skip


def _remove_member(document: Document, member: Member) -> list[Splice]:
    holder = member.holder
    if isinstance(holder, Sequence):
        return remove_node(document, holder.items[member.item])
    if isinstance(holder, Scalar) and strings.count(holder) > 1:
        return strings.remove_part(document, holder, member.item)
    return remove_node(document, holder)
