"""Files that no person can open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files.by_rule import ByRule
from sopskit.audits.files.holders import Holders, single_group
from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files whose every key is a machine's; a key of unknown role may be a person's."""
    holders, files = Holders(subject), ByRule()
    for plan in subject.plans():
        found = holders.of(single_group(plan))
        if found and all(each.role == "machine" and not each.is_recovery for each in found):
            files.add(plan, "")
    for (place, _), paths in files.found.items():
        yield AUDIT.finding(place, f"no person can open {some(paths)}, machines only", "")


AUDIT = Audit(
    id="only-machines",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    title="no person can open a file",
    hint="nobody can edit it but on such a machine: add a person's key to the rule (sopskit add-host)",
    detect=detect,
)
