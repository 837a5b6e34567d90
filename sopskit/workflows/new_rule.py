"""A new rule for a host: where it goes, and who reads its files beside the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError, UsageError
from sopskit.sops_yaml import editing
from sopskit.text import patterns
from sopskit.workflows.hosts import existing_host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule, SopsYaml


class NewRule(NamedTuple):
    """A rule made for a host.

    Attributes:
        path_regex: its pattern, an RE2 matched against the path relative to `.sops.yaml`.
        with_hosts: further hosts that are to read its files.
    """

    path_regex: str
    with_hosts: tuple[str, ...] = ()


def add_rule(inventory: Inventory, document: SopsYaml, anchors: Sequence[str], rule: NewRule) -> SopsYaml:
    """Add the rule before those it shadows, with the host's keys and the people of those rules.

    It encrypts the values that they encrypt. A rule for files that are still to come goes first: any other
    may claim them once they are there.

    Raises:
        UsageError: the pattern is no RE2, the rule exists, or a host of `with_hosts` does not.
    """
    try:
        patterns.compile(rule.path_regex)
    except patterns.PatternError as error:
        raise UsageError(
            f"--new-rule: {error}", hint="sops uses RE2: no lookaround, no backreference"
        ) from None
    if any(each.path_regex == rule.path_regex for each in document.rules):
        raise UsageError(
            "a rule with this pattern exists already", hint="name it with --rule", path=document.path
        )
    shadowed = shadowed_rules(inventory, document, rule.path_regex)
    members = [*anchors, *_people(document, shadowed), *_keys_of(document, rule.with_hosts)]
    before = min((each.number for each in shadowed), default=1 if document.rules else None)
    like = _common_settings(shadowed)
    return editing.add_rule(document, rule.path_regex, list(dict.fromkeys(members)), before, like=like)


def _common_settings(shadowed: Sequence[Rule]) -> Rule | None:
    """A rule whose selector the new one takes over, so that the files stay encrypted as they are.

    Raises:
        UsageError: the rules that claim the files today differ in that.
    """
    if len({(each.selector, each.mac_only_encrypted) for each in shadowed}) > 1:
        numbers = ", ".join(str(each.number) for each in shadowed)
        raise UsageError(
            f"rules {numbers}, which claim these files today, encrypt other values each",
            hint="make a rule for the files of each of them",
        )
    return shadowed[0] if shadowed else None


def claimed_paths(inventory: Inventory, path_regex: str) -> list[str]:
    """The files governed by the primary `.sops.yaml` that a pattern would claim, were it first."""
    pattern = patterns.compile(path_regex)
    config = inventory.configs.primary
    found = []
    for path in inventory.paths:
        try:
            governing = inventory.configs.governing(path)
        except SopskitError:  # a `.sops.yaml` nearer to it that cannot be read
            continue
        if governing is not None and governing.path == config.path and pattern.search(config.relative(path)):
            found.append(path)
    return found


def shadowed_rules(inventory: Inventory, document: SopsYaml, path_regex: str) -> list[Rule]:
    """The rules that claim, today, a file which the pattern claims as well."""
    found: dict[int, Rule] = {}
    for path in claimed_paths(inventory, path_regex):
        try:
            rule = document.rule_for(inventory.configs.primary.relative(path))
        except SopskitError:  # sops would fail for this file; `plan` reports it
            continue
        if rule is not None:
            found[rule.number] = rule
    return [found[number] for number in sorted(found)]


def _people(document: SopsYaml, shadowed: Sequence[Rule]) -> list[str | Recipient]:
    """The keys of the people who read the rules' files (all rules, where none is shadowed).

    Without a single known person it is the keys that stand in every one of those rules and are no machine's:
    whoever administers the repository is among them.
    """
    rules = shadowed or document.rules
    members = [{m.recipient for group in rule.groups for m in group} for rule in rules]
    if not members:
        return []
    anywhere, everywhere = set().union(*members), set(members[0]).intersection(*members)
    hosts = document.hosts()
    people = [key for host in hosts if host.role == "user" for key in host.keys if key.recipient in anywhere]
    if not people:
        people = [
            key
            for host in hosts
            if host.role != "machine"
            for key in host.keys
            if key.recipient in everywhere
        ]
    return [key.name or key.recipient for key in people if key.recipient is not None]


def _keys_of(document: SopsYaml, names: Sequence[str]) -> list[str]:
    return [key.name for name in names for key in existing_host(document, name).keys]
