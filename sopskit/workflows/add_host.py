"""add-host and add-key: from answers to a new `.sops.yaml` and the plan that follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError, UsageError
from sopskit.inventory.plan import Plan, State, target_of
from sopskit.keys.recipients import KeyKind
from sopskit.sops_yaml import editing
from sopskit.workflows.anchors import anchor_names
from sopskit.workflows.new_rule import NewRule, add_rule, claimed_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Target
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Host, Role, Rule, SopsYaml


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


class Change(NamedTuple):
    """A change of `.sops.yaml` and of the files that follow from it, not yet made.

    Attributes:
        document: the new `.sops.yaml`; its text equals the old one where nothing changes.
        plan: the files whose rule now wants something else.
        other_drift: files with drift that this change did not cause; they are left alone.
        losses: files that lose readers, with the recipients they lose, because of the change itself.
        broken: files that the change was meant for, and that cannot be read.
        notes: what the person should know.
    """

    document: SopsYaml
    plan: Plan
    other_drift: tuple[FilePlan, ...] = ()
    losses: tuple[tuple[str, tuple[Recipient, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    broken: tuple[FilePlan, ...] = ()


_KEY_ID = 16


def add_host(inventory: Inventory, request: HostRequest) -> Change:
    """The change that adds a host, or lets an existing one with these keys join further rules.

    Raises:
        UsageError: the name is taken by a host with other keys, or a rule does not exist.
        UnsupportedShapeError: `.sops.yaml` has a shape that cannot be edited safely.
    """
    document = inventory.configs.primary.document
    existing = host_named(document, request.name)
    if existing is None:
        _refuse_known_keys(document, request)
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
    return change_of(inventory, changed, _notes(inventory, request, changed))


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


def change_of(inventory: Inventory, document: SopsYaml, notes: Iterable[str] = ()) -> Change:
    """What a new `.sops.yaml` means for the files: only those whose rule now wants something else."""
    affected, other_drift, losses, broken = [], [], [], []
    for plan in inventory.plan(inventory.configs.with_primary(document)).files:
        before, after = inventory.target(plan.path), plan.target
        if plan.state is State.BROKEN:
            if plan.rule is None or _target_of(plan.rule) != before:
                broken.append(plan)
        elif after == before or plan.file.encryption is None:
            if plan.state is State.DRIFT:
                other_drift.append(plan)
        else:
            affected.append(plan)
            # Where no rule claimed the file, its readers are those who have a stanza.
            gone = _recipients(before or plan.file.encryption) - _recipients(after)
            if gone:
                losses.append((plan.path, tuple(sorted(gone, key=lambda recipient: recipient.text))))
    return Change(
        document, Plan(tuple(affected)), tuple(other_drift), tuple(losses), tuple(notes), tuple(broken)
    )


def _target_of(rule: Rule) -> Target | None:
    try:
        return target_of(rule)
    except SopskitError:
        return None


def _recipients(target: Target | Encryption | None) -> set[Recipient]:
    return {recipient for group in target.groups for recipient in group} if target else set()


def host_named(document: SopsYaml, name: str) -> Host | None:
    """The host of that name, or None."""
    return next((host for host in document.hosts() if host.name == name), None)


def rule_numbered(document: SopsYaml, number: int) -> Rule:
    """The rule of that number, from 1.

    Raises:
        UsageError: there is none.
    """
    if not 1 <= number <= len(document.rules):
        raise UsageError(
            f"there is no rule {number}",
            hint=f"{document.path} has rules 1 to {len(document.rules)}",
            path=document.path,
        )
    return document.rules[number - 1]


def rules_of_host(document: SopsYaml, name: str) -> tuple[int, ...]:
    """The numbers of the rules that a host has a key in (`--like`).

    Raises:
        UsageError: there is no such host.
    """
    host = host_named(document, name)
    if host is None:
        known = ", ".join(sorted(host.name for host in document.hosts() if host.name))
        raise UsageError(
            f"there is no host {name}", hint=f"{document.path} names: {known}" if known else None
        )
    keys = {key.recipient for key in host.keys}
    return tuple(
        rule.number
        for rule in document.rules
        if any(member.recipient in keys for group in rule.groups for member in group)
    )


def _refuse_known_keys(document: SopsYaml, request: HostRequest) -> None:
    for key in document.keys:
        if any(_is_same_key(key.recipient, recipient) for recipient in request.recipients):
            raise UsageError(
                f"this key is in the file already, as &{key.name}",
                hint="one key under two names cannot be taken away by name; use the host it belongs to",
                path=document.path,
                line=key.line,
            )


def _is_same_key(known: Recipient | None, recipient: Recipient) -> bool:
    """Whether two recipients are one key, or one of them is the other's 64-bit PGP key id."""
    if known is None or recipient.kind is not KeyKind.PGP or known.kind is not KeyKind.PGP:
        return known == recipient
    one, other = known.key.rstrip("!"), recipient.key.rstrip("!")
    shorter = min(len(one), len(other))
    return one == other if shorter > _KEY_ID else one[-_KEY_ID:] == other[-_KEY_ID:]
