"""Choosing files of a plan by paths that a person gives: files, or folders with all below them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Plan


def select(inventory: Inventory, plan: Plan, paths: Sequence[str]) -> list[FilePlan]:
    """The plan's files that are one of `paths` (relative to the working directory) or lie below one.

    Raises:
        UsageError: there is no secret file at one of them.
    """
    found: dict[str, FilePlan] = {}
    for path in paths:
        place = inventory.repository.relative(Path.cwd() / path)
        below = {
            each.path: each
            for each in plan.files
            if place in (".", each.path) or each.path.startswith(f"{place}/")
        }
        if not below:
            raise UsageError(f"{path}: no secret file there", hint="sopskit plan -v lists all secret files")
        found |= below
    return list(found.values())


def plaintext_below(inventory: Inventory, folders: Sequence[str]) -> list[str]:
    """The plaintext files that a rule claims below folders; all relative to the working directory.

    Raises:
        ConfigurationError: a folder lies outside of the repository.
    """
    from sopskit.inventory.plan import State

    root = inventory.repository.root
    places = [inventory.repository.relative(Path.cwd() / folder) for folder in folders]
    return [
        os.path.relpath(root / each.path)
        for each in inventory.plan().with_state(State.PLAINTEXT)
        if any(place == "." or each.path.startswith(f"{place}/") for place in places)
    ]
