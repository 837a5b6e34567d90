"""Edits of a `.sops.yaml`: each splices its text, reads the result and compares what it says.

An edit whose result does not say exactly what was meant is refused, and the text stays as it was.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError, UsageError
from sopskit.keys.recipients import Recipient
from sopskit.sops_yaml import key_edits, new_rules, rule_edits
from sopskit.sops_yaml.checks import (
    applied,
    check_new_anchor,
    key_named,
    key_shapes,
    member_shapes,
    paired,
    require,
    rule_shapes,
    rules_numbered,
    settings,
)
from sopskit.sops_yaml.rule_edits import Named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sopskit.sops_yaml.model import Member, Role, Rule, SopsYaml


def add_key(doc: SopsYaml, anchor: str, recipient: Recipient, role: Role | None = None) -> SopsYaml:
    """Add a named key under `keys:`, behind the last one of its role, in its neighbours' style.

    A role that the file has no way to say (one list for all, and a name without a prefix) is not written.

    Raises:
        UsageError: the name is taken, or is no name for an anchor.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    check_new_anchor(doc, anchor)
    if any(character in recipient.text for character in ",\r\n\0"):
        raise UsageError("sops splits recipients at commas", hint="remove the comma from the key's comment")
    result = applied(doc, key_edits.addition(doc, anchor, recipient, role))
    new = result.key(anchor)
    require(doc, new is not None and new.text == recipient.text and {role, new.role} != {"machine", "user"})
    require(doc, key_shapes(doc.keys) == key_shapes(key for key in result.keys if key is not new))
    require(doc, rule_shapes(doc.rules) == rule_shapes(result.rules))
    return result


def add_to_rules(
    doc: SopsYaml, rule_numbers: Collection[int], anchor: str, group: int | None = None
) -> SopsYaml:
    """Add a named key to rules, each in the style it has for keys of that kind.

    A rule that has the key already stays as it is. A list gains an alias where the anchor stands above
    it, a string the spelled-out key. A list that several of the rules share is edited once.

    Args:
        doc: the file.
        rule_numbers: counting from 1.
        anchor: the name of a key under `keys:`.
        group: index into `Rule.groups`; may be None where the rules have one group.

    Raises:
        UsageError: no such rule or key, or several key groups and no `group`.
        UnsupportedShapeError: the file cannot be edited safely, such as where other rules share the list.
    """
    rules = rules_numbered(doc, rule_numbers)
    key = _named(doc, anchor)
    result = applied(doc, rule_edits.addition(doc, rules, key, group))
    require(doc, key_shapes(doc.keys) == key_shapes(result.keys))
    chosen = {rule.number for rule in rules}
    for before, after in paired(doc, result):
        require(doc, settings(before) == settings(after) and len(before.groups) == len(after.groups))
        for index, (old, new) in enumerate(zip(before.groups, after.groups, strict=True)):
            gained = Counter(member_shapes(new)) - Counter(member_shapes(old))
            joined = before.number in chosen and index == (group or 0)
            has_it = key.recipient in [member.recipient for member in old]
            expected = {key.recipient.text: 1} if joined and not has_it else {}
            require(doc, Counter(text for text, _ in gained.elements()) == expected)
            require(doc, not Counter(member_shapes(old)) - Counter(member_shapes(new)))
    return result


def remove_from_rules(
    doc: SopsYaml, rule_numbers: Collection[int] | None, which: str | Recipient
) -> SopsYaml:
    """Take a key out of rules, aliases and spelled-out uses alike.

    Args:
        doc: the file.
        rule_numbers: counting from 1; None for all rules.
        which: the name of a key under `keys:`, or a recipient.

    Raises:
        UsageError: no such rule or key.
        UnsupportedShapeError: a rule or a key group would be left empty, or the file cannot be edited safely.
    """
    numbers = {rule.number for rule in rules_numbered(doc, rule_numbers)}
    wanted = _matcher(doc, which)
    result = doc
    for _ in range(1 + sum(len(group) for rule in doc.rules for group in rule.uses)):
        splices = rule_edits.removal(result, [result.rules[number - 1] for number in sorted(numbers)], wanted)
        if not splices:
            break
        result = applied(result, splices)
        require(doc, len(result.rules) == len(doc.rules))
    require(doc, key_shapes(doc.keys) == key_shapes(result.keys))
    for before, after in paired(doc, result):
        drop = wanted if before.number in numbers else _nothing
        kept = [member_shapes(member for member in group if not drop(member)) for group in before.groups]
        require(doc, kept == [member_shapes(group) for group in after.groups])
        require(doc, settings(before) == settings(after))
    return result


def remove_key(doc: SopsYaml, anchor: str) -> SopsYaml:
    """Take a named key out of `keys:`; it must stand in no rule any more as an alias.

    Raises:
        UsageError: no such key.
        UnsupportedShapeError: an alias is left, or the file cannot be edited safely.
    """
    key = key_named(doc, anchor)
    result = applied(doc, key_edits.removal(doc, key))
    require(doc, key_shapes(other for other in doc.keys if other is not key) == key_shapes(result.keys))
    require(doc, rule_shapes(doc.rules) == rule_shapes(result.rules))
    return result


def rename_anchor(doc: SopsYaml, old: str, new: str) -> SopsYaml:
    """Rename a key's anchor and all its aliases.

    Raises:
        UsageError: no such key, or the new name is taken or is no name for an anchor.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    key = key_named(doc, old)
    check_new_anchor(doc, new)
    result = applied(doc, key_edits.renaming(doc, key, new))
    expected = [(new if name == old else name, text) for name, text, _ in key_shapes(doc.keys)]
    require(doc, expected == [(name, text) for name, text, _ in key_shapes(result.keys)])
    for before, after in paired(doc, result):
        texts = [
            [(text, new if name == old else name) for text, name in member_shapes(g)] for g in before.groups
        ]
        require(doc, texts == [member_shapes(group) for group in after.groups])
        require(doc, settings(before) == settings(after))
    return result


def add_rule(
    doc: SopsYaml,
    path_regex: str,
    members: Sequence[str | Recipient],
    before: int | None = None,
    *,
    like: Rule | None = None,
) -> SopsYaml:
    """Add a creation rule in the style of its neighbours.

    Args:
        doc: the file.
        path_regex: its pattern.
        members: names of keys under `keys:`, and keys without a name; they stand in this order.
        before: the number of the rule before which it goes; None for the end.
        like: a rule whose selector and `mac_only_encrypted` it gets too.

    Raises:
        UsageError: no such rule or key, or no members.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    if not members:
        raise UsageError("a rule needs at least one key", path=doc.path)
    if before is not None:
        rules_numbered(doc, (before,))
    keys = tuple(
        Named(each, "", len(doc.text)) if isinstance(each, Recipient) else _named(doc, each)
        for each in members
    )
    encrypted = (like.selector, like.mac_only_encrypted) if like is not None else (None, False)
    result = applied(doc, new_rules.addition(doc, new_rules.NewRule(path_regex, keys, *encrypted), before))
    index = len(doc.rules) if before is None else before - 1
    require(doc, len(result.rules) == len(doc.rules) + 1 and key_shapes(doc.keys) == key_shapes(result.keys))
    new = result.rules[index]
    others = result.rules[:index] + result.rules[index + 1 :]
    require(doc, rule_shapes(doc.rules) == rule_shapes(others))
    require(doc, new.path_regex == path_regex and new.error is None and len(new.groups) == 1)
    require(doc, (new.selector, new.mac_only_encrypted) == encrypted)
    require(doc, {member.recipient for member in new.members} == {key.recipient for key in keys})
    return result


def _named(doc: SopsYaml, anchor: str) -> Named:
    key = key_named(doc, anchor)
    if key.recipient is None or key.node is None:
        raise ConfigurationError(
            f"the key {anchor} cannot be used: {key.problem}", path=doc.path, line=key.line
        )
    return Named(key.recipient, anchor, key.node.span.start)


def _matcher(doc: SopsYaml, which: str | Recipient) -> Callable[[Member], bool]:
    if isinstance(which, Recipient):
        return lambda member: member.recipient == which
    recipient = key_named(doc, which).recipient

    def matches(member: Member) -> bool:
        return member.anchor == which or (member.anchor is None and member.recipient == recipient)

    return matches


def _nothing(_: Member) -> bool:
    return False
