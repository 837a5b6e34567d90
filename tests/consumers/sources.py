"""Repositories as readers of consumers see them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.inventory.consumers import consumers_of
from sopskit.repo.discovery import Repository
from sopskit.workflows.opening import read_inventory
from tests.audits.examples import ALICE, NOVA, write

if TYPE_CHECKING:
    from sopskit.consumers.interface import Consumers
    from tests.audits.examples import Files

RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&server_nova {NOVA}]\n"
    "creation_rules: [age: [*alice, *server_nova]]\n"
)


def consumers(files: Files) -> Consumers:
    """What is found in a repository of these files, with the hosts alice and server_nova."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(root, {".sops.yaml": RULES, **files})
        repository = Repository.open(root)
        return consumers_of(read_inventory(repository, root, config=None, jobs=1))
