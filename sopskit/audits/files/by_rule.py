"""One finding for the files of a rule that have something in common, not one for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.findings import Place

if TYPE_CHECKING:
    from sopskit.inventory.plan import FilePlan


class ByRule:
    """Files, by their rule and by what is said of them."""

    def __init__(self) -> None:
        self.found: dict[tuple[Place, str], list[str]] = {}

    def add(self, plan: FilePlan, what: str) -> None:
        """Say something of a file."""
        self.found.setdefault((_place(plan), what), []).append(plan.path)


def _place(plan: FilePlan) -> Place:
    """The rule that claims a file; the file itself where none does."""
    if plan.rule is None or plan.config is None:
        return Place(plan.path)
    return Place.of_line(plan.config.path, plan.config.document.text, plan.rule.line)
