"""A secret file in the middle of a merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_BEGIN, _END = b"<<<<<<< ", b">>>>>>> "


def detect(subject: Subject) -> Iterator[Finding]:
    """Find the first marker of each file that is broken, or claimed and not encrypted."""
    for plan in subject.plans():
        if plan.state in (State.BROKEN, State.PLAINTEXT):
            line = first_marker(subject, plan.path)
            if line is not None:
                place = Place(plan.path, line, 1, line, len(_BEGIN))
                yield AUDIT.finding(place, "holds the conflict markers of a merge", "")


def first_marker(subject: Subject, path: str) -> int | None:
    """The line where a conflict begins, from 1; None where there is none, or the file cannot be read."""
    content = b"\n" + (subject.content(path) or b"")
    begin = content.find(b"\n" + _BEGIN)
    if begin < 0 or b"\n" + _END not in content[begin:]:
        return None
    return content.count(b"\n", 0, begin) + 1


AUDIT = Audit(
    id="conflict-markers",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a secret file holds the conflict markers of a merge",
    hint="take one side whole (git checkout --ours or --theirs), then sopskit sync;"
    " sopskit install-hooks merges encrypted files by their values",
    detect=detect,
    scope=Scope.FILE,
)
