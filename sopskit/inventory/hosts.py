"""Hosts over all configs of a repository: who there is, and how many files each reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sopskit.inventory.configs import Configs
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Role, SopsYaml


class HostSummary(NamedTuple):
    """One host.

    Attributes:
        name: as the anchors of its keys give it; None for a key that no anchor names.
        role: machine, user, or None where it is unknown.
        recipients: its keys.
        files: how many files have a stanza for one of them.
    """

    name: str | None
    role: Role | None
    recipients: tuple[Recipient, ...]
    files: int


def summarize_hosts(inventory: Inventory) -> list[HostSummary]:
    """Every host of every config, in the order of the files; unnamed keys last.

    Keys that only stand in a file, and in no rule, are listed too: they are readers nobody names.
    """
    readers = inventory.readers()
    named: dict[str, tuple[Role | None, list[Recipient]]] = {}
    unnamed: dict[Recipient, None] = {}
    for config in inventory.configs.all():
        for host in config.document.hosts():
            recipients = [key.recipient for key in host.keys if key.recipient is not None]
            if host.name is None:
                unnamed.update(dict.fromkeys(recipients))
                continue
            role, known = named.setdefault(host.name, (host.role, []))
            named[host.name] = (role or host.role, list(dict.fromkeys([*known, *recipients])))
    covered = {recipient for _, recipients in named.values() for recipient in recipients}
    unnamed.update(dict.fromkeys(readers))

    def files(recipients: tuple[Recipient, ...]) -> int:
        return len({path for recipient in recipients for path in readers.get(recipient, ())})

    result = [
        HostSummary(name, role, tuple(recipients), files(tuple(recipients)))
        for name, (role, recipients) in named.items()
    ]
    result += [HostSummary(None, None, (r,), files((r,))) for r in unnamed if r not in covered]
    return result


def names_of(configs: Configs) -> Mapping[Recipient, str]:
    """The host's name for each recipient that has one; of two names for one key, the first."""
    return names_in(config.document for config in configs.all())


def names_in(documents: Iterable[SopsYaml]) -> Mapping[Recipient, str]:
    """As `names_of`, of configs that were read one by one."""
    names: dict[Recipient, str] = {}
    for document in documents:
        for host in document.hosts():
            for key in host.keys:
                if host.name is not None and key.recipient is not None:
                    names.setdefault(key.recipient, host.name)
    return names
