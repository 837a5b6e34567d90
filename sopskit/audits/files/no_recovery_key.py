"""Files that are lost to all people with one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.files.holders import Holders, single_group
from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Place, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files with a single key of a person, and none for recovery; once for each person.

    A second key of a person, or a second person, is recovery enough; so is a key of unknown role.
    """
    holders = Holders(subject)
    lost: dict[tuple[str, str], list[str]] = {}
    for plan in subject.plans():
        found = holders.of(single_group(plan))
        people = [each for each in found if each.role != "machine" or each.is_recovery]
        if len(people) == 1 and people[0].role == "user" and not people[0].is_recovery:
            path = plan.config.path if plan.config else plan.path
            lost.setdefault((path, shown(people[0].name or "")), []).append(plan.path)
    for (path, name), paths in lost.items():
        message = f"{some(paths)} would be lost to all people with the one key of {name}"
        yield AUDIT.finding(Place(path), message, name)


AUDIT = Audit(
    id="no-recovery-key",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    title="no key is kept offline for the day when a person's only one is lost",
    hint="make a key, keep its private half offline, and add it to the rules under a name such as"
    " recovery or NAME_offline",
    detect=detect,
)
