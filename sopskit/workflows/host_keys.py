"""add-key, remove-key and replace-key: the keys of a host that exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UnsupportedShapeError, UsageError
from sopskit.sops_yaml import editing, hosts
from sopskit.sops_yaml.replacing import replace_key as replace_in_place
from sopskit.workflows.add_host import join_rules
from sopskit.workflows.anchors import anchor_names, renewed_name
from sopskit.workflows.change import change_of
from sopskit.workflows.hosts import existing_host, refuse_known_key, rules_of_host

if TYPE_CHECKING:
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Host, NamedKey, SopsYaml
    from sopskit.workflows.change import Change


def add_key(inventory: Inventory, name: str, recipient: Recipient, group: int | None = None) -> Change:
    """A second key for a host, in every rule that the host is in.

    Raises:
        UsageError: there is no such host, or the key belongs to another one.
    """
    configs = inventory.configs
    document = configs.primary.document
    host = existing_host(document, name)
    if any(key.recipient == recipient for key in host.keys):
        return change_of(inventory, configs)
    refuse_known_key(document, recipient)
    (anchor,) = anchor_names(name, [recipient], {key.name for key in document.keys}, suffixed=True)
    changed = editing.add_key(document, anchor, recipient, host.role)
    changed = join_rules(changed, rules_of_host(document, name), anchor, group)
    return change_of(inventory, configs.with_primary(changed))


def remove_key(inventory: Inventory, name: str, recipient: Recipient) -> Change:
    """Take one key of a host out of `.sops.yaml`.

    Raises:
        UsageError: the host has no such key, or no other.
    """
    document = inventory.configs.primary.document
    host = existing_host(document, name)
    keys = _keys_with(host, recipient)
    if len(keys) == len(host.keys):
        raise UsageError(
            f"this is the last key of {name}",
            hint=f"sopskit replace-key {name}, or sopskit remove-host {name}",
        )
    changed = document
    for key in keys:
        changed = editing.remove_from_rules(changed, None, key.name)
        changed = editing.remove_key(changed, key.name)
    return change_of(inventory, inventory.configs.with_primary(changed))


def replace_key(inventory: Inventory, name: str, new: Recipient, old: Recipient | None = None) -> Change:
    """Put a new key in the place of an old one, in every `.sops.yaml` and every file that has the old one.

    Args:
        inventory: the repository.
        name: of the host.
        new: its new key.
        old: the key that goes; may be None where the host has one.

    Raises:
        UsageError: there is no such host or key, or the new key is in use already.
        UnsupportedShapeError: a `.sops.yaml` has a shape that cannot be edited safely.
    """
    host = existing_host(inventory.configs.primary.document, name)
    going = old_key(host, old)
    if going == new:
        return change_of(inventory, inventory.configs)
    configs = inventory.configs
    for config in configs.all():
        refuse_known_key(config.document, new)
        if new.stanza_kind is going.stanza_kind:
            changed = replace_in_place(config.document, going, new)
        else:
            changed = _moved(config.document, going, new)
        configs = configs.with_document(config.path, _renamed(changed, new, going))
    return change_of(inventory, configs, gone={going: new})


def old_key(host: Host, old: Recipient | None) -> Recipient:
    """The key of a host that is to be replaced.

    Raises:
        UsageError: the host has no such key; or it has several, and none was named.
    """
    if old is not None:
        _keys_with(host, old)
        return old
    recipients = list(dict.fromkeys(key.recipient for key in host.keys if key.recipient is not None))
    if len(recipients) != 1:
        raise UsageError(
            f"host {host.name} has {len(recipients)} keys",
            hint="--old RECIPIENT says which one goes; sopskit hosts -v lists them",
        )
    return recipients[0]


def _keys_with(host: Host, recipient: Recipient) -> list[NamedKey]:
    keys = [key for key in host.keys if key.recipient == recipient]
    if not keys:
        raise UsageError(
            f"host {host.name} has no such key",
            hint="sopskit hosts -v lists its keys; sopskit sync ends the stanzas of an old one",
        )
    return keys


def _moved(document: SopsYaml, old: Recipient, new: Recipient) -> SopsYaml:
    """The new key, which goes into another field, beside the old one; then the old one goes."""
    keys = [key for key in document.keys if key.recipient == old]
    changed = document
    used = [rule for rule in document.rules if any(member.recipient == old for member in rule.members)]
    if used and not keys:
        raise UnsupportedShapeError(
            "a rule names the old key without an anchor, and the new one is of another kind",
            hint="edit this rule by hand",
            path=document.path,
            line=used[0].line,
        )
    if not keys:
        return document
    taken = {key.name for key in document.keys}
    (anchor,) = anchor_names(hosts.host_name(keys[0]), [new], taken, suffixed=True)
    changed = editing.add_key(changed, anchor, new, keys[0].role)
    for rule in used:
        for index, group in enumerate(rule.groups):
            if any(member.recipient == old for member in group):
                changed = editing.add_to_rules(changed, [rule.number], anchor, index)
    changed = editing.remove_from_rules(changed, None, old)
    for key in keys:
        changed = editing.remove_key(changed, key.name)
    if len(keys) == 1 and keys[0].name == hosts.host_name(keys[0]):
        changed = editing.rename_anchor(changed, anchor, keys[0].name)
    return changed


def _renamed(document: SopsYaml, new: Recipient, old: Recipient) -> SopsYaml:
    """The names of the new key corrected, where their suffix says the kind of the old one."""
    changed = document
    for key in document.keys:
        if key.recipient == new:
            name = renewed_name(key.name, old, new, {each.name for each in changed.keys})
            if name != key.name:
                changed = editing.rename_anchor(changed, key.name, name)
    return changed
