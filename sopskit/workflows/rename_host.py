"""rename-host: the anchors of a host's keys, and all their aliases; no secret file changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.sops_yaml import editing
from sopskit.workflows.change import change_of
from sopskit.workflows.hosts import checked_name, existing_host, host_named, recipients_of

if TYPE_CHECKING:
    from sopskit.inventory.inventory import Inventory
    from sopskit.sops_yaml.model import SopsYaml
    from sopskit.workflows.change import Change


def rename_host(inventory: Inventory, old: str, new: str) -> Change:
    """Give a host another name, in every `.sops.yaml` that has it under the old one.

    Raises:
        UsageError: there is no such host, or the new name is taken or is none.
        UnsupportedShapeError: a `.sops.yaml` has a shape that cannot be edited safely.
    """
    checked_name(new, "NEW")
    primary = inventory.configs.primary.document
    host = existing_host(primary, old)
    configs, notes = inventory.configs, []
    for config in configs.all():
        same = host_named(config.document, old)
        if same is None or set(recipients_of(host)).isdisjoint(recipients_of(same)):
            continue
        changed = _renamed(config.document, old, new)
        configs = configs.with_document(config.path, changed)
        renamed = existing_host(changed, new)
        if renamed.role != same.role:
            roles = [each.role or "unknown" for each in (same, renamed)]
            notes.append(
                f"{config.path}: the role followed from the name: it was {roles[0]}, and is {roles[1]}"
            )
    return change_of(inventory, configs, notes)


def _renamed(document: SopsYaml, old: str, new: str) -> SopsYaml:
    if host_named(document, new) is not None:
        raise UsageError(f"there is a host {new} already", hint="choose another name", path=document.path)
    changed = document
    for key in existing_host(document, old).keys:
        changed = editing.rename_anchor(changed, key.name, new + key.name.removeprefix(old))
    return changed
