"""The guard: no command may leave a file that nobody opens, or lock out the one who runs it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError
from sopskit.keys.recipients import StanzaKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sopskit.inventory.plan import FilePlan
    from sopskit.keys.identities import Identities
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient


class Lockout(NamedTuple):
    """Files that the person running the command can open now, and could not any more."""

    paths: tuple[str, ...]


def refuse_empty_groups(plans: Iterable[FilePlan]) -> None:
    """Refuse a plan under which a key group has no recipient.

    Raises:
        ConfigurationError: naming the first such file and its rule.
    """
    for plan in plans:
        if plan.target is not None and not all(plan.target.groups):
            raise ConfigurationError(
                f"rule {plan.rule.number if plan.rule else '?'} would leave {plan.path} to nobody",
                hint="give the rule a key first",
                path=plan.config.path if plan.config else None,
                line=plan.rule.line if plan.rule else None,
            )


def find_lockout(plans: Iterable[FilePlan], identities: Identities, keyring: Keyring) -> Lockout:
    """The files among `plans` that this machine's identities open today and not afterwards."""

    @cache
    def mine(recipient: Recipient) -> bool:
        if recipient.stanza_kind is StanzaKind.PGP:
            return keyring.opens(recipient)
        return identities.opens(recipient)

    lost = []
    for plan in plans:
        if plan.file.encryption is None or plan.target is None or not plan.lost:
            continue
        opened = any(mine(recipient) for recipient in plan.file.encryption.recipients())
        if opened and not any(mine(recipient) for group in plan.target.groups for recipient in group):
            lost.append(plan.path)
    return Lockout(tuple(lost))
