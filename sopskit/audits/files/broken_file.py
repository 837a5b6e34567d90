"""A secret file that cannot be read, or whose metadata sops could not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files.conflict_markers import first_marker
from sopskit.audits.interface import Audit, Scope
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files that are broken by themselves, not by their rule."""
    for plan in subject.plans():
        problem = plan.problem
        if plan.state is not State.BROKEN or problem is None or problem.path not in (None, plan.path):
            continue
        if first_marker(subject, plan.path) is None:
            line = problem.line or 0
            place = Place(plan.path, line, 1, line, 1) if line else Place(plan.path)
            message = shown(problem.message)
            yield AUDIT.finding(place, message, "", hint=problem.hint)


AUDIT = Audit(
    id="broken-file",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a secret file cannot be read, or sops could not use its metadata",
    hint="restore the file from git history",
    detect=detect,
    scope=Scope.FILE,
)
