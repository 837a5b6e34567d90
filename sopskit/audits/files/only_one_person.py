"""Files that one person alone can open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files.by_rule import ByRule
from sopskit.audits.files.holders import Holders, single_group
from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files whose every key is one person's, and none for recovery."""
    holders, files = Holders(subject), ByRule()
    for plan in subject.plans():
        found = holders.of(single_group(plan))
        names = {each.name for each in found}
        if len(names) == 1 and all(each.role == "user" and not each.is_recovery for each in found):
            files.add(plan, shown(names.pop() or ""))
    for (place, name), paths in files.found.items():
        yield AUDIT.finding(place, f"{name} alone can open {some(paths)}: no machine, and nobody else", name)


AUDIT = Audit(
    id="only-one-person",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    title="one person and no machine can open a file",
    hint="is no machine to read it? if so, a second key that is kept offline keeps the files from being lost",
    detect=detect,
)
