"""The guard: no command may leave a file that nobody opens, or lock out the one who runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.inventory.configs import Configs
    from sopskit.inventory.plan import FilePlan
    from sopskit.keys.recipients import Recipient
    from sopskit.workflows.own_keys import OwnKeys


def refuse_empty_groups(plans: Iterable[FilePlan]) -> None:
    """Refuse a plan under which a key group has no recipient.

    Raises:
        ConfigurationError: naming the first such file and its rule.
    """
    for plan in plans:
        if plan.target is not None and not (plan.target.groups and all(plan.target.groups)):
            raise ConfigurationError(
                f"rule {plan.rule.number if plan.rule else '?'} would leave {plan.path} to nobody",
                hint="give the rule a key first",
                path=plan.config.path if plan.config else None,
                line=plan.rule.line if plan.rule else None,
            )


def find_losses(
    plans: Iterable[FilePlan], own_keys: OwnKeys, before: Configs, after: Configs
) -> Iterator[str]:
    """What the one who runs this would lose, a sentence for each.

    Args:
        plans: the files that are to be written.
        own_keys: of this machine.
        before: every `.sops.yaml` as it is.
        after: every `.sops.yaml` as it is to be.
    """
    yield from lockout(plans, own_keys)
    going = _recipients(before) - _recipients(after) if after is not before else set()
    if any(map(own_keys.holds, going)) and not any(map(own_keys.holds, _recipients(after))):
        yield "you would take your own last key out of the rules"


def lockout(plans: Iterable[FilePlan], own_keys: OwnKeys) -> Iterator[str]:
    """What the one who runs this would no longer open, as a sentence; none where that is nothing."""
    lost = find_lockout(plans, own_keys)
    if lost:
        files = f"{len(lost)} file{'s' if len(lost) > 1 else ''}"
        yield f"you would lose access to {files}, {lost[0]} for one"


def find_lockout(plans: Iterable[FilePlan], own_keys: OwnKeys) -> tuple[str, ...]:
    """The files among `plans` that can be read here today and could not be afterwards."""
    return tuple(
        plan.path
        for plan in plans
        if plan.target is not None and _may_lose(plan, own_keys) and not own_keys.open(plan.target)
    )


def _may_lose(plan: FilePlan, own_keys: OwnKeys) -> bool:
    """Whether the file can be read here today, and who reads it changes; plaintext can be."""
    if plan.file.encryption is None:
        return True
    return bool(plan.lost or plan.resplit) and own_keys.open(plan.file.encryption)


def _recipients(configs: Configs) -> set[Recipient]:
    """Everyone whom a rule names."""
    return {
        member.recipient
        for config in configs.all()
        for rule in config.document.rules
        for member in rule.members
    }
