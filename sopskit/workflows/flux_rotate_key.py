"""flux rotate-key: a new key beside a cluster's old one, and later in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux.decryption import SecretName
from sopskit.errors import UsageError
from sopskit.workflows.flux import live_secret_named
from sopskit.workflows.flux_secret import identities_in
from sopskit.workflows.host_keys import add_key, remove_key
from sopskit.workflows.hosts import existing_host, recipients_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.workflows.change import Change
    from sopskit.workflows.flux_secret import Identity


class Bound(NamedTuple):
    """A cluster's host, by `[consumers]`, and the Secrets that hold its keys."""

    host: str
    secrets: tuple[SecretName, ...]


def bound(consumers: Mapping[str, tuple[str, ...]], cluster: str) -> Bound:
    """The host of a cluster.

    Raises:
        UsageError: no host is bound to it, or several are.
    """
    start = f"flux:{cluster}/"
    found = {name.removeprefix(start): hosts for name, hosts in consumers.items() if name.startswith(start)}
    hosts = {host for each in found.values() for host in each}
    if len(hosts) != 1:
        raise UsageError(
            f"{'several hosts are' if hosts else 'no host is'} bound to {cluster}",
            hint=f'write "flux:{cluster}/NAMESPACE/SECRET" = "HOST" below [consumers] of .sopskit.toml',
        )
    names = [name.split("/") for name in found if name.count("/") == 1]
    return Bound(hosts.pop(), tuple(SecretName(namespace, name) for namespace, name in names))


def start(inventory: Inventory, host: str, new: Recipient) -> Change:
    """The change that re-wraps everything of the cluster to a new key beside the old one.

    Raises:
        UsageError: it has two keys already.
    """
    known = recipients_of(existing_host(inventory.configs.primary.document, host))
    if len(known) > 1:
        raise UsageError(
            f"{host} has {len(known)} keys: a rotation has been started",
            hint="end it with --finish, or take one away with sopskit remove-key",
        )
    return add_key(inventory, host, new)


def finish(inventory: Inventory, host: str, old: Recipient) -> Change:
    """The change that takes the old key away, and rotates what it could read."""
    return remove_key(inventory, host, old)


def old_and_new(inventory: Inventory, host: str) -> tuple[Recipient, Recipient]:
    """The two keys of a host in the middle of a rotation: the new one stands behind the old one.

    Raises:
        UsageError: it has not two.
    """
    known = recipients_of(existing_host(inventory.configs.primary.document, host))
    if len(known) != 2:
        raise UsageError(
            f"{host} has {len(known)} keys, and a rotation that was started has two",
            hint="begin it with --start; sopskit hosts -v lists the keys",
        )
    return known[0], known[1]


def live_identities(secrets: tuple[SecretName, ...]) -> list[Identity]:
    """The identities that the Secrets of the cluster hold.

    Raises:
        ToolMissingError: there is no kubectl.
        FailedError: it failed.
    """
    found: list[Identity] = []
    for name in secrets:
        secret = live_secret_named(name)
        for entry in secret.entries if secret is not None else ():
            if entry.kind == "age" and entry.value:
                found += identities_in(entry.value)
    return found
