"""Choosing files of a plan by paths that a person gives: files, or folders with all below them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Plan


def select(inventory: Inventory, plan: Plan, paths: Sequence[str]) -> list[FilePlan]:
    """The plan's files that are one of `paths` (relative to the working directory) or lie below one."""
    chosen = [inventory.repository.relative(Path.cwd() / path) for path in paths]
    return [
        each
        for each in plan.files
        if any(path in (".", each.path) or each.path.startswith(f"{path}/") for path in chosen)
    ]
