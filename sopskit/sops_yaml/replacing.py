"""The edit that puts another key in the place of a named one, wherever that is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.sops_yaml import strings
from sopskit.sops_yaml.checks import applied, key_shapes, member_shapes, paired, require, settings
from sopskit.sops_yaml.node_edits import quote, refusal
from sopskit.sops_yaml.rule_edits import refuse_shared
from sopskit.text.splice import Splice
from sopskit.text.yaml_tree import Alias, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import NamedKey, SopsYaml
    from sopskit.text.yaml_tree import Document


def replace_key(doc: SopsYaml, old: Recipient, new: Recipient) -> SopsYaml:
    """Put a key of the same kind of stanza in the place of another; anchors stay, and their aliases follow.

    Raises:
        UsageError: the new one cannot stand where the old one does.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    if any(character in new.text for character in ",\r\n\0"):
        raise UsageError("sops splits recipients at commas", hint="remove the comma from the key's comment")
    keys = [key for key in doc.keys if key.recipient == old]
    splices = [*_definitions(doc.document, keys, new), *_spelled_out(doc, old, new)]
    result = applied(doc, list(dict.fromkeys(splices)))
    renewed = {key.name for key in keys}
    expected = [
        (name, new.text if name in renewed else text, role) for name, text, role in key_shapes(doc.keys)
    ]
    require(doc, expected == key_shapes(result.keys))
    for before, after in paired(doc, result):
        require(doc, settings(before) == settings(after))
        groups = [
            [(new.text if each.recipient == old else each.recipient.text, each.anchor) for each in group]
            for group in before.groups
        ]
        require(doc, groups == [member_shapes(group) for group in after.groups])
    return result


def _definitions(document: Document, keys: Iterable[NamedKey], new: Recipient) -> Iterator[Splice]:
    """The values behind the anchors, in the quotes that they have."""
    for key in keys:
        if key.node is not None:
            yield _value(document, key.node, new)


def _spelled_out(doc: SopsYaml, old: Recipient, new: Recipient) -> Iterator[Splice]:
    """Where rules name the old key other than by an alias."""
    for member in (member for rule in doc.rules for group in rule.uses for member in group):
        holder = member.holder
        if member.recipient != old or isinstance(holder, Alias):
            continue
        place = holder.items[member.item] if isinstance(holder, Sequence) else holder
        if isinstance(place, Alias):
            continue
        refuse_shared(doc, doc.rules, holder)
        if not isinstance(place, Scalar):
            raise refusal(doc.document, place.span.start, "this key has fields", "edit it by hand")
        if place is holder:
            yield from strings.replace_part(doc.document, place, member.item, new.text)
        else:
            yield _value(doc.document, place, new)


def _value(document: Document, scalar: Scalar, new: Recipient) -> Splice:
    if scalar.style in ("|", ">"):
        raise refusal(document, scalar.span.start, "this key is a block of text", "write it on one line")
    return Splice(*scalar.content, quote(new.text, style=scalar.style, flow=True))
