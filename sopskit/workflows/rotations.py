"""Which files of a plan are rotated, which are re-wrapped, and which are left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.plan import State
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.narrowing import Narrowing
    from sopskit.inventory.plan import FilePlan


class Division(NamedTuple):
    """Files to be written, and files that stay as they are although they differ from their rule."""

    work: list[FilePlan]
    left: list[FilePlan]

    def without(self, paths: Collection[str]) -> Division:
        """The same, but for some files, which are left."""
        left = [each for each in self.work if each.path in paths]
        return Division([each for each in self.work if each.path not in paths], [*self.left, *left])


def divide(plans: Iterable[FilePlan], *, no_rotate: bool = False) -> Division:
    """Divide files with drift; each is done once, however many links lead to it.

    Args:
        plans: files with drift, and plaintext files that are to be encrypted.
        no_rotate: re-wrap what would be rotated. A file whose selector differs is then left: only its
            encryption would end that.
    """
    division = Division([], [])
    for each in _distinct(plans):
        plan = each._replace(rotate=False) if no_rotate else each
        writes = plan.rotate or plan.changes or plan.resplit or plan.state is State.PLAINTEXT
        (division.work if writes else division.left).append(plan)
        if writes and no_rotate and plan.settings:
            division.left.append(plan)
    return division


def narrowings(inventory: Inventory, plans: Iterable[FilePlan], jobs: int | None = None) -> list[Narrowing]:
    """What would be in clear afterwards, of each file where something would be that is encrypted now.

    Args:
        inventory: the repository.
        plans: the files that are written.
        jobs: number of processes; None for one a core.
    """
    from sopskit.inventory.narrowing import may_narrow, narrowing_of

    rotated = [plan for plan in plans if plan.rotate and may_narrow(plan)]
    found = map_files(partial(narrowing_of, inventory.tree), rotated, jobs)
    return [each for each in found if each.number]


def rotated(plans: Iterable[FilePlan]) -> list[FilePlan]:
    """The same files, to be rotated whether they differ from their rule or not (`sync --rotate`)."""
    return [each._replace(rotate=True) for each in plans if each.state in (State.IN_SYNC, State.DRIFT)]


def _distinct(plans: Iterable[FilePlan]) -> list[FilePlan]:
    """One plan a file: where links lead to the same file, the path that is no link counts."""
    found: dict[str, FilePlan] = {}
    for plan in plans:
        if plan.file.resolved not in found or plan.path == plan.file.resolved:
            found[plan.file.resolved] = plan
    return list(found.values())
