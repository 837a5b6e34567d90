"""add-key and remove-key: the keys of a host that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.sops_yaml import editing
from sopskit.workflows.add_host import Change, change_of, host_named, join_rules, rules_of_host
from sopskit.workflows.anchors import anchor_names

if TYPE_CHECKING:
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Host, SopsYaml


def add_key(inventory: Inventory, name: str, recipient: Recipient, group: int | None = None) -> Change:
    """A second key for a host, in every rule that the host is in.

    Raises:
        UsageError: there is no such host, or the key belongs to another one.
    """
    document = inventory.configs.primary.document
    host = existing_host(document, name)
    if any(key.recipient == recipient for key in host.keys):
        return change_of(inventory, document)
    owner = next((key for key in document.keys if key.recipient == recipient), None)
    if owner is not None:
        raise UsageError(
            f"this key is in the file already, as &{owner.name}", path=document.path, line=owner.line
        )
    (anchor,) = anchor_names(name, [recipient], {key.name for key in document.keys}, suffixed=True)
    changed = editing.add_key(document, anchor, recipient, host.role)
    return change_of(inventory, join_rules(changed, rules_of_host(document, name), anchor, group))


def remove_key(inventory: Inventory, name: str, recipient: Recipient) -> Change:
    """Take one key of a host out of `.sops.yaml`.

    Raises:
        UsageError: the host has no such key, or no other.
    """
    document = inventory.configs.primary.document
    host = existing_host(document, name)
    keys = [key for key in host.keys if key.recipient == recipient]
    if not keys:
        raise UsageError(
            f"host {name} has no such key",
            hint="sopskit hosts -v lists its keys; sopskit sync --no-rotate ends the stanzas of an old one",
        )
    if len(keys) == len(host.keys):
        raise UsageError(
            f"this is the last key of {name}",
            hint=f"sopskit replace-key {name}, or sopskit remove-host {name}",
        )
    changed = document
    for key in keys:
        changed = editing.remove_from_rules(changed, None, key.name)
        changed = editing.remove_key(changed, key.name)
    return change_of(inventory, changed)


def existing_host(document: SopsYaml, name: str) -> Host:
    """The host of that name.

    Raises:
        UsageError: there is none.
    """
    host = host_named(document, name)
    if host is None:
        raise UsageError(f"there is no host {name}", hint=f"sopskit add-host {name}")
    return host
