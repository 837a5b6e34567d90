"""A change of `.sops.yaml` and of the files that follow from it, not yet made."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.inventory.plan import FilePlan, Plan, State, Target, compare, target_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sopskit.inventory.configs import Configs
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule, SopsYaml

    #: A recipient that goes -> the one that takes its place, or None.
    Gone = Mapping[Recipient, Recipient | None]

_NOBODY: Gone = MappingProxyType({})


class Change(NamedTuple):
    """A change of `.sops.yaml` and of the files that follow from it, not yet made.

    Attributes:
        configs: every `.sops.yaml` as it is to be; where nothing changes, with the old text.
        plan: the files that are to be written.
        other_drift: files with drift that this change did not cause; they are left alone.
        losses: files that lose readers, with the recipients they lose, because of the change itself.
        notes: what the person should know.
        broken: files that the change was meant for, and that cannot be read.
        seen: files that someone who is taken away could read.
        remaining: those of them that they read afterwards too, and why.
        destroyed: what the change takes from everyone, so that it needs `--force`.
    """

    configs: Configs
    plan: Plan
    other_drift: tuple[FilePlan, ...] = ()
    losses: tuple[tuple[str, tuple[Recipient, ...]], ...] = ()
    notes: tuple[str, ...] = ()
    broken: tuple[FilePlan, ...] = ()
    seen: tuple[str, ...] = ()
    remaining: tuple[tuple[str, str], ...] = ()
    destroyed: tuple[str, ...] = ()

    @property
    def document(self) -> SopsYaml:
        """The primary `.sops.yaml` as it is to be."""
        return self.configs.primary.document


def change_of(
    inventory: Inventory, configs: Configs, notes: Iterable[str] = (), gone: Gone = _NOBODY
) -> Change:
    """What a new `.sops.yaml` means for the files.

    Args:
        inventory: the repository as it is.
        configs: as they are to be.
        notes: what the person should know.
        gone: recipients that are taken away. Then every file that has a stanza for one of them is in the
            plan, whatever its rule says; else only files whose rule now wants something else.
    """
    affected, other_drift, losses, broken, seen, remaining = [], [], [], [], [], []
    for each in inventory.plan(configs).files:
        plan, before = each, inventory.target(each.path)
        readers = _recipients(plan.file.encryption)
        going = not readers.isdisjoint(gone)
        if going:
            seen.append(plan.path)
            plan, why = _without(plan, configs, gone)
            if why is not None:
                remaining.append((plan.path, why))
                continue
        if plan.state is State.BROKEN:
            # Of a file that cannot be read nobody knows whether it was readable to those who go.
            old = before[:2] if before else None
            if going or (gone and not readers) or plan.rule is None or _groups_of(plan.rule) != old:
                broken.append(plan)
        elif (
            plan.file.encryption is not None and plan.target is not None and (going or plan.target != before)
        ):
            affected.append(plan)
            # Where no rule claimed the file, its readers are those who have a stanza.
            lost = _recipients(before or plan.file.encryption) - _recipients(plan.target)
            if lost:
                losses.append((plan.path, tuple(sorted(lost, key=lambda recipient: recipient.text))))
        elif plan.state is State.DRIFT:
            other_drift.append(plan)
    return Change(
        configs,
        Plan(tuple(affected)),
        tuple(other_drift),
        tuple(losses),
        tuple(notes),
        tuple(broken),
        tuple(seen),
        tuple(remaining),
    )


def _without(plan: FilePlan, configs: Configs, gone: Gone) -> tuple[FilePlan, str | None]:
    """The plan of a file that someone who goes can read, and what is in the way of ending that."""
    encryption = plan.file.encryption
    if encryption is None or plan.state is State.BROKEN:
        return plan, None
    if plan.target is not None:
        if _recipients(plan.target) & gone.keys():
            path = plan.config.path if plan.config else ".sops.yaml"
            return plan, f"rule {plan.rule.number if plan.rule else '?'} of {path} still names them"
        return plan, None
    # No rule says who is to read the file: all others who do so now.
    groups = tuple(
        tuple(dict.fromkeys(kept for each in group if (kept := gone.get(each, each)) is not None))
        for group in encryption.groups
    )
    if not all(groups):
        return plan, "no rule claims it, and nobody else has a stanza in one of its key groups"
    target = Target(groups, encryption.threshold, encryption.selector, encryption.mac_only_encrypted)
    config = plan.config or configs.primary
    return FilePlan(plan.file, State.DRIFT, None, config, target, *compare(encryption, target)), None


def _groups_of(rule: Rule) -> tuple[object, ...] | None:
    try:
        return target_of(rule)[:2]
    except SopskitError:
        return None


def _recipients(target: Target | Encryption | None) -> set[Recipient]:
    return {recipient for group in target.groups for recipient in group} if target else set()
