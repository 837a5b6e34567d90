"""Opening a repository: recovery of an interrupted run, the inventory, this machine's keys, an engine."""

from __future__ import annotations

import os
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError

if TYPE_CHECKING:  # imported where they are used: `decrypt` of one file needs neither rules nor git
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.secret_files import SecretFile
    from sopskit.repo.discovery import Repository
    from sopskit.repo.recovery import Recovery
    from sopskit.repo.trees import Tree
    from sopskit.workflows.own_keys import OwnKeys


def open_repository(start: Path) -> Repository:
    """The repository that holds `start`."""
    from sopskit.repo.discovery import Repository

    return Repository.open(start)


def recover_interrupted(repository: Repository) -> Recovery | None:
    """Finish or undo what a killed run left; None where no change of files was."""
    from sopskit.repo.private_folder import remove_abandoned
    from sopskit.repo.recovery import recover

    remove_abandoned()
    return recover(repository)


def read_inventory(
    repository: Repository,
    start: Path,
    *,
    config: Path | None,
    jobs: int | None,
    tree: Tree | None = None,
    tolerant: bool = False,
    only: Collection[str] | None = None,
) -> Inventory:
    """Take the inventory of the work tree, or of `tree`; in several processes where there are many files.

    With `tolerant`, a `.sops.yaml` that cannot be used is no error; `only` names the files to read: see
    `take_inventory`.
    """
    from sopskit.inventory.inventory import take_inventory
    from sopskit.inventory.secret_files import read_secret_file
    from sopskit.workflows.parallel import map_files

    def read_many(tree: Tree, paths: list[str]) -> Iterable[SecretFile]:
        # One git answers for a tree in git, and one process at a time can ask it.
        return map_files(partial(read_secret_file, tree), paths, jobs if tree is repository else 1)

    return take_inventory(repository, start, config, read_many, tree, tolerant=tolerant, only=only)


def require_rules(inventory: Inventory) -> None:
    """Refuse a `.sops.yaml` without rules, which sops takes for none at all.

    Raises:
        ConfigurationError: there are no creation_rules.
    """
    config = inventory.configs.primary
    if not config.document.rules:
        raise ConfigurationError(
            "has no creation_rules, so that no rule claims any file",
            hint="sopskit add-host NAME --new-rule REGEX makes a first one",
            path=config.path,
        )


@lru_cache(maxsize=1)  # a command asks for them several times; files, gpg and key commands are read once
def find_keys(ask_passphrase: Callable[[str], str | None], *, ask_gpg: bool = True) -> OwnKeys:
    """The identities of this machine, where sops looks for them, and the user's GPG keyring.

    Args:
        ask_passphrase: asked for the passphrase of a key that has one.
        ask_gpg: gpg's agent may ask for one by itself.
    """
    from sopskit.keys.identities import find_identities
    from sopskit.keys.pgp import Keyring
    from sopskit.workflows.own_keys import OwnKeys

    return OwnKeys(
        find_identities(os.environ, ask_passphrase=ask_passphrase), Keyring(os.environ, ask=ask_gpg)
    )


def choose_engine(name: str, own_keys: OwnKeys) -> Engine:
    """The engine of that name (`auto`, `embedded`, `sops`)."""
    from sopskit.engines.selection import choose

    return choose(name, own_keys.identities, own_keys.keyring)
