"""Edits of a `.sops.yaml`: each splices its text, reads the result and compares what it says.

An edit whose result does not say exactly what was meant is refused, and the text stays as it was.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError, UnsupportedShapeError, UsageError
from sopskit.keys.recipients import Recipient
from sopskit.sops_yaml import key_edits, new_rules, rule_edits
from sopskit.sops_yaml.reading import load_text
from sopskit.sops_yaml.rule_edits import Named
from sopskit.text import splice
from sopskit.text.yaml_tree import anchor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from sopskit.sops_yaml.model import Member, NamedKey, Role, Rule, SopsYaml
    from sopskit.text.splice import Splice

_HAND = "edit the file by hand"
_ANCHOR = re.compile(r"[0-9A-Za-z_-]+")


def add_key(doc: SopsYaml, anchor: str, recipient: Recipient, role: Role | None = None) -> SopsYaml:
    """Add a named key under `keys:`, behind the last one of its role, in its neighbours' style.

    A role that the file has no way to say (one list for all, and a name without a prefix) is not written.

    Raises:
        UsageError: the name is taken, or is no name for an anchor.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    _check_new_anchor(doc, anchor)
    if any(character in recipient.text for character in ",\r\n\0"):
        raise UsageError("sops splits recipients at commas", hint="remove the comma from the key's comment")
    result = _applied(doc, key_edits.addition(doc, anchor, recipient, role))
    new = result.key(anchor)
    _require(doc, new is not None and new.text == recipient.text and {role, new.role} != {"machine", "user"})
    _require(doc, _key_shapes(doc.keys) == _key_shapes(key for key in result.keys if key is not new))
    _require(doc, _rule_shapes(doc.rules) == _rule_shapes(result.rules))
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
    rules = _rules(doc, rule_numbers)
    key = _named(doc, anchor)
    result = _applied(doc, rule_edits.addition(doc, rules, key, group))
    _require(doc, _key_shapes(doc.keys) == _key_shapes(result.keys))
    chosen = {rule.number for rule in rules}
    for before, after in _paired(doc, result):
        _require(doc, _settings(before) == _settings(after) and len(before.groups) == len(after.groups))
        for index, (old, new) in enumerate(zip(before.groups, after.groups, strict=True)):
            gained = Counter(_member_shapes(new)) - Counter(_member_shapes(old))
            joined = before.number in chosen and index == (group or 0)
            has_it = key.recipient in [member.recipient for member in old]
            expected = {key.recipient.text: 1} if joined and not has_it else {}
            _require(doc, Counter(text for text, _ in gained.elements()) == expected)
            _require(doc, not Counter(_member_shapes(old)) - Counter(_member_shapes(new)))
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
    numbers = {rule.number for rule in _rules(doc, rule_numbers)}
    wanted = _matcher(doc, which)
    result = doc
    for _ in range(1 + sum(len(group) for rule in doc.rules for group in rule.uses)):
        splices = rule_edits.removal(result, [result.rules[number - 1] for number in sorted(numbers)], wanted)
        if not splices:
            break
        result = _applied(result, splices)
        _require(doc, len(result.rules) == len(doc.rules))
    _require(doc, _key_shapes(doc.keys) == _key_shapes(result.keys))
    for before, after in _paired(doc, result):
        drop = wanted if before.number in numbers else _nothing
        kept = [_member_shapes(member for member in group if not drop(member)) for group in before.groups]
        _require(doc, kept == [_member_shapes(group) for group in after.groups])
        _require(doc, _settings(before) == _settings(after))
    return result


def remove_key(doc: SopsYaml, anchor: str) -> SopsYaml:
    """Take a named key out of `keys:`; it must stand in no rule any more as an alias.

    Raises:
        UsageError: no such key.
        UnsupportedShapeError: an alias is left, or the file cannot be edited safely.
    """
    key = _key(doc, anchor)
    result = _applied(doc, key_edits.removal(doc, key))
    _require(doc, _key_shapes(other for other in doc.keys if other is not key) == _key_shapes(result.keys))
    _require(doc, _rule_shapes(doc.rules) == _rule_shapes(result.rules))
    return result


def rename_anchor(doc: SopsYaml, old: str, new: str) -> SopsYaml:
    """Rename a key's anchor and all its aliases.

    Raises:
        UsageError: no such key, or the new name is taken or is no name for an anchor.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    key = _key(doc, old)
    _check_new_anchor(doc, new)
    result = _applied(doc, key_edits.renaming(doc, key, new))
    expected = [(new if name == old else name, text) for name, text, _ in _key_shapes(doc.keys)]
    _require(doc, expected == [(name, text) for name, text, _ in _key_shapes(result.keys)])
    for before, after in _paired(doc, result):
        texts = [
            [(text, new if name == old else name) for text, name in _member_shapes(g)] for g in before.groups
        ]
        _require(doc, texts == [_member_shapes(group) for group in after.groups])
        _require(doc, _settings(before) == _settings(after))
    return result


def add_rule(
    doc: SopsYaml, path_regex: str, members: Sequence[str | Recipient], before: int | None = None
) -> SopsYaml:
    """Add a creation rule in the style of its neighbours.

    Args:
        doc: the file.
        path_regex: its pattern.
        members: names of keys under `keys:`, and keys without a name; they stand in this order.
        before: the number of the rule before which it goes; None for the end.

    Raises:
        UsageError: no such rule or key, or no members.
        UnsupportedShapeError: the file cannot be edited safely.
    """
    if not members:
        raise UsageError("a rule needs at least one key", path=doc.path)
    if before is not None:
        _rules(doc, (before,))
    keys = [
        Named(each, "", len(doc.text)) if isinstance(each, Recipient) else _named(doc, each)
        for each in members
    ]
    result = _applied(doc, new_rules.addition(doc, path_regex, keys, before))
    index = len(doc.rules) if before is None else before - 1
    _require(
        doc, len(result.rules) == len(doc.rules) + 1 and _key_shapes(doc.keys) == _key_shapes(result.keys)
    )
    new = result.rules[index]
    others = result.rules[:index] + result.rules[index + 1 :]
    _require(doc, _rule_shapes(doc.rules) == _rule_shapes(others))
    _require(doc, new.path_regex == path_regex and new.error is None and len(new.groups) == 1)
    _require(doc, {member.recipient for member in new.members} == {key.recipient for key in keys})
    return result


def _applied(doc: SopsYaml, splices: list[Splice]) -> SopsYaml:
    """The file with the splices applied; a result that sops could not load is refused."""
    try:
        return load_text(splice.apply(doc.text, splices), doc.path)
    except UnsupportedShapeError:
        raise
    except (ConfigurationError, ValueError) as error:
        line = error.line if isinstance(error, ConfigurationError) else None
        raise UnsupportedShapeError(
            "this change would break the file", hint=_HAND, path=doc.path, line=line
        ) from None


def _require(doc: SopsYaml, as_intended: bool) -> None:
    if not as_intended:
        raise UnsupportedShapeError(
            "this change would alter more of the file than was asked for", hint=_HAND, path=doc.path
        )


def _check_new_anchor(doc: SopsYaml, anchor: str) -> None:
    if not _ANCHOR.fullmatch(anchor):
        raise UsageError("a name may have letters, digits, _ and - only", path=doc.path)
    for node in doc.document.anchored.values():
        found = anchor_of(node)
        if found is not None and found.name == anchor:
            line = doc.document.line(found.span.start)
            raise UsageError(f"the name {anchor} is taken", path=doc.path, line=line)


def _rules(doc: SopsYaml, numbers: Collection[int] | None) -> list[Rule]:
    if numbers is None:
        return list(doc.rules)
    for number in numbers:
        if not 1 <= number <= len(doc.rules):
            raise UsageError(f"there is no rule {number}", hint=f"there are {len(doc.rules)}", path=doc.path)
    return [doc.rules[number - 1] for number in sorted(set(numbers))]


def _key(doc: SopsYaml, anchor: str) -> NamedKey:
    key = doc.key(anchor)
    if key is None:
        raise UsageError(f"there is no key named {anchor}", path=doc.path)
    return key


def _named(doc: SopsYaml, anchor: str) -> Named:
    key = _key(doc, anchor)
    if key.recipient is None or key.node is None:
        raise ConfigurationError(
            f"the key {anchor} cannot be used: {key.problem}", path=doc.path, line=key.line
        )
    return Named(key.recipient, anchor, key.node.span.start)


def _matcher(doc: SopsYaml, which: str | Recipient) -> Callable[[Member], bool]:
    if isinstance(which, Recipient):
        return lambda member: member.recipient == which
    recipient = _key(doc, which).recipient

    def matches(member: Member) -> bool:
        return member.anchor == which or (member.anchor is None and member.recipient == recipient)

    return matches


def _nothing(_: Member) -> bool:
    return False


def _paired(before: SopsYaml, after: SopsYaml) -> list[tuple[Rule, Rule]]:
    _require(before, len(before.rules) == len(after.rules))
    return list(zip(before.rules, after.rules, strict=True))


def _key_shapes(keys: Iterable[NamedKey]) -> list[tuple[str, str, Role | None]]:
    return [(key.name, key.text, key.role) for key in keys]


def _member_shapes(members: Iterable[Member]) -> list[tuple[str, str | None]]:
    return [(member.recipient.text, member.anchor) for member in members]


def _settings(rule: Rule) -> tuple[object, ...]:
    problem = rule.error.message if rule.error else None
    selector = (rule.selector, rule.mac_only_encrypted, rule.unknown_fields)
    return rule.path_regex, rule.shamir_threshold, selector, problem


def _rule_shapes(rules: Iterable[Rule]) -> list[object]:
    return [(_settings(rule), [_member_shapes(group) for group in rule.groups]) for rule in rules]
