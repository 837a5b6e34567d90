"""The guard: no command may leave a file that nobody opens, or lock out the one who runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sopskit.inventory.plan import FilePlan
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


def find_lockout(plans: Iterable[FilePlan], own_keys: OwnKeys) -> tuple[str, ...]:
    """The files among `plans` that this machine's keys open today and would not afterwards."""
    return tuple(
        plan.path
        for plan in plans
        if plan.file.encryption is not None
        and plan.target is not None
        and (plan.lost or plan.resplit)
        and own_keys.open(plan.file.encryption)
        and not own_keys.open(plan.target)
    )
