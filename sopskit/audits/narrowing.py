"""Whether making a file what its rule says would write values in clear that are encrypted now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.inventory.narrowing import may_narrow, narrowing_in
from sopskit.sops.formats import format_of

if TYPE_CHECKING:
    from sopskit.audits.subject import Subject
    from sopskit.inventory.plan import FilePlan


def values_to_clear(subject: Subject, plan: FilePlan) -> int:
    """How many encrypted values and comments of a file its rule has in clear."""
    content = subject.content(plan.path) if may_narrow(plan) else None
    if content is None:
        return 0
    try:
        return narrowing_in(plan, content, format_of(plan.path)).number
    except SopskitError:
        return 0
