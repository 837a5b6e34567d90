"""add-host: from answers to a new `.sops.yaml` and the plan that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UsageError
from sopskit.inventory.plan import State
from sopskit.sops_yaml import editing
from sopskit.workflows.anchors import anchor_names
from sopskit.workflows.change import change_of
from sopskit.workflows.hosts import host_named, refuse_known_key, rule_numbered
from sopskit.workflows.new_rule import NewRule, add_rule, claimed_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Role, SopsYaml
    from sopskit.workflows.change import Change


class HostRequest(NamedTuple):
    """What add-host was asked to do.

    Attributes:
        name: the host's name.
        recipients: its public keys, in the form that is to be written.
        role: machine, user, or None where it is unknown.
        rules: numbers of the rules it joins, from 1.
        new_rule: a rule to make for it.
        group: the key group it joins, from 1; None where rules have one.
    """

    name: str
    recipients: tuple[Recipient, ...]
    role: Role | None
    rules: tuple[int, ...] = ()
    new_rule: NewRule | None = None
    group: int | None = None


def add_host(inventory: Inventory, request: HostRequest) -> Change:
    """The change that adds a host, or lets an existing one with these keys join further rules.

    Raises:
        UsageError: the name is taken by a host with other keys, or a rule does not exist.
        UnsupportedShapeError: `.sops.yaml` has a shape that cannot be edited safely.
    """
    document = inventory.configs.primary.document
    existing = host_named(document, request.name)
    if existing is None:
        for recipient in request.recipients:
            refuse_known_key(document, recipient)
    elif {key.recipient for key in existing.keys} != set(request.recipients):
        raise UsageError(
            f"host {request.name} exists with another key",
            hint=f"sopskit replace-key {request.name} for a machine that was reinstalled, "
            f"sopskit add-key {request.name} for a second key",
            path=document.path,
            line=existing.keys[0].line,
        )
    for number in request.rules:
        rule_numbered(document, number)
    changed = document
    if existing is None:
        anchors = anchor_names(request.name, request.recipients, {key.name for key in document.keys})
        for anchor, recipient in zip(anchors, request.recipients, strict=True):
            changed = editing.add_key(changed, anchor, recipient, request.role)
    else:
        anchors = [key.name for key in existing.keys]
    for anchor in anchors:
        changed = join_rules(changed, request.rules, anchor, request.group)
    if request.new_rule is not None:
        changed = add_rule(inventory, changed, anchors, request.new_rule)
    return change_of(inventory, inventory.configs.with_primary(changed), _notes(inventory, request, changed))


def _notes(inventory: Inventory, request: HostRequest, changed: SopsYaml) -> Iterator[str]:
    """What would surprise: rules that claim nothing, and encrypted files that no rule claims."""
    if request.role is None and any(key.role for key in inventory.configs.primary.document.keys):
        yield "without --role the key stands beside the lists of users and hosts, not in one"
    if request.new_rule is not None and not claimed_paths(inventory, request.new_rule.path_regex):
        yield "the new rule claims no file today; what a nearer .sops.yaml governs, it never claims"
    claimed = {rule.number for _, rule in inventory.claimed(inventory.configs.primary)}
    if request.role is not None:
        written = host_named(changed, request.name)
        if written is not None and written.role is None:
            yield f"{changed.path} has no list for {request.role}s below keys:, so the role is not written"
    idle = [number for number in request.rules if number not in claimed]
    for number in idle:
        pattern = inventory.configs.primary.document.rules[number - 1].path_regex or "every other file"
        yield f"rule {number} ({pattern}) claims no file today, so the host reads nothing by it"
    if idle:
        orphans = [each.path for each in inventory.plan().with_state(State.ORPHAN)]
        if orphans:
            yield f"encrypted, and claimed by no rule: {', '.join(orphans[:3])}{', …' if orphans[3:] else ''}"


def join_rules(document: SopsYaml, numbers: Iterable[int], anchor: str, group: int | None) -> SopsYaml:
    """Add a named key to rules; `group` (from 1) counts for those that have several key groups.

    Raises:
        UsageError: a rule has several groups and none was named.
        UnsupportedShapeError: `.sops.yaml` has a shape that cannot be edited safely.
    """
    single = [number for number in numbers if len(document.rules[number - 1].groups) < 2]
    grouped = [number for number in numbers if number not in single]
    if single:
        document = editing.add_to_rules(document, single, anchor)
    if grouped:
        document = editing.add_to_rules(document, grouped, anchor, None if group is None else group - 1)
    return document
