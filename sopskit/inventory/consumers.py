"""What reads a repository's secret files at run time."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sopskit import settings
from sopskit.consumers import read_consumers
from sopskit.consumers.interface import Source
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.consumers.interface import Consumers
    from sopskit.inventory.inventory import Inventory


def consumers_of(inventory: Inventory) -> Consumers:
    """The consumers that are declared in a repository; hosts are bound by name and by `.sopskit.toml`."""
    return read_consumers(source_of(inventory))


def source_of(inventory: Inventory, others: Mapping[str, Inventory] = MappingProxyType({})) -> Source:
    """A repository as readers of consumers see it.

    Args:
        inventory: of the repository.
        others: of other repositories, by the name of the Flux source that stands for them.
    """
    hosts = {host.name for config in inventory.configs.all() for host in config.document.hosts()}
    return Source(
        inventory.tree,
        tuple(inventory.paths),
        frozenset(path for path in inventory.paths if inventory.file(path).encryption is not None),
        bindings_of(inventory),
        frozenset(filter(None, hosts)),
        {},
        {name: source_of(each) for name, each in others.items()},
    )


def bindings_of(inventory: Inventory) -> Mapping[str, tuple[str, ...]]:
    """`[consumers]` of `.sopskit.toml`; none where the file is not there, or cannot be used."""
    if not inventory.tree.has(settings.SETTINGS_NAME):
        return {}
    try:
        return settings.parse(inventory.tree.read(settings.SETTINGS_NAME).content).consumers
    except SopskitError:
        return {}
