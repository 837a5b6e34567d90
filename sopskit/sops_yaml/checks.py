"""What an edit of a `.sops.yaml` is checked by: the result is read, and has to say exactly what was meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError, UnsupportedShapeError, UsageError
from sopskit.sops_yaml.reading import load_text
from sopskit.text import splice
from sopskit.text.yaml_tree import anchor_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sopskit.sops_yaml.model import Member, NamedKey, Role, Rule, SopsYaml
    from sopskit.text.splice import Splice

_HAND = "edit the file by hand"
_ANCHOR = re.compile(r"[0-9A-Za-z_-]+")


def applied(doc: SopsYaml, splices: list[Splice]) -> SopsYaml:
    """The file with the splices applied.

    Raises:
        UnsupportedShapeError: sops could not load the result.
    """
    try:
        return load_text(splice.apply(doc.text, splices), doc.path)
    except UnsupportedShapeError:
        raise
    except (ConfigurationError, ValueError) as error:
        line = error.line if isinstance(error, ConfigurationError) else None
        raise UnsupportedShapeError(
            "this change would break the file", hint=_HAND, path=doc.path, line=line
        ) from None


def require(doc: SopsYaml, as_intended: bool) -> None:
    """Refuse a result that does not say exactly what was meant.

    Raises:
        UnsupportedShapeError: `as_intended` is false.
    """
    if not as_intended:
        raise UnsupportedShapeError(
            "this change would alter more of the file than was asked for", hint=_HAND, path=doc.path
        )


def check_new_anchor(doc: SopsYaml, anchor: str) -> None:
    """Refuse a name that no new anchor can have.

    Raises:
        UsageError: it is taken, or is no name for an anchor.
    """
    if not _ANCHOR.fullmatch(anchor):
        raise UsageError("a name may have letters, digits, _ and - only", path=doc.path)
    for node in doc.document.anchored.values():
        found = anchor_of(node)
        if found is not None and found.name == anchor:
            line = doc.document.line(found.span.start)
            raise UsageError(f"the name {anchor} is taken", path=doc.path, line=line)


def rules_numbered(doc: SopsYaml, numbers: Collection[int] | None) -> list[Rule]:
    """The rules with these numbers, from 1, each once; all of them for None.

    Raises:
        UsageError: there is no such rule.
    """
    if numbers is None:
        return list(doc.rules)
    for number in numbers:
        if not 1 <= number <= len(doc.rules):
            raise UsageError(f"there is no rule {number}", hint=f"there are {len(doc.rules)}", path=doc.path)
    return [doc.rules[number - 1] for number in sorted(set(numbers))]


def key_named(doc: SopsYaml, anchor: str) -> NamedKey:
    """The key under `keys:` with this anchor.

    Raises:
        UsageError: there is none.
    """
    key = doc.key(anchor)
    if key is None:
        raise UsageError(f"there is no key named {anchor}", path=doc.path)
    return key


def paired(before: SopsYaml, after: SopsYaml) -> list[tuple[Rule, Rule]]:
    """The rules before and after an edit that neither adds nor removes one."""
    require(before, len(before.rules) == len(after.rules))
    return list(zip(before.rules, after.rules, strict=True))


def key_shapes(keys: Iterable[NamedKey]) -> list[tuple[str, str, Role | None]]:
    """What is said of each named key."""
    return [(key.name, key.text, key.role) for key in keys]


def member_shapes(members: Iterable[Member]) -> list[tuple[str, str | None]]:
    """What is said of each member of a group."""
    return [(member.recipient.text, member.anchor) for member in members]


def settings(rule: Rule) -> tuple[object, ...]:
    """What a rule says besides its keys."""
    problem = rule.error.message if rule.error else None
    selector = (rule.selector, rule.mac_only_encrypted, rule.unknown_fields)
    return rule.path_regex, rule.shamir_threshold, selector, problem


def rule_shapes(rules: Iterable[Rule]) -> list[object]:
    """What is said of each rule."""
    return [(settings(rule), [member_shapes(group) for group in rule.groups]) for rule in rules]
