"""A file that other people can read than its rule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.narrowing import values_to_clear
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State, changed_recipients
from sopskit.output.text import short
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.plan import FilePlan
    from sopskit.keys.recipients import Recipient

    Names = Mapping[Recipient, str]


_NAMED = 4  # in one message


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files whose stanzas are not for the recipients of their rule; selectors are another audit's."""
    for plan in subject.plans():
        if plan.state is State.DRIFT and plan.changes and not _is_split_anew(plan):
            severity = Severity.ERROR if _is_about_readers(plan) else Severity.WARNING
            yield AUDIT.finding(Place(plan.path), _message(plan, subject.names), "", severity=severity)


def _is_about_readers(plan: FilePlan) -> bool:
    """Whether it is more than another spelling."""
    return any(change.add or change.remove for change in plan.changes)


def _is_split_anew(plan: FilePlan) -> bool:
    """Whether the same keys are in other groups, of which there are more or fewer: see `settings_differ`."""
    return plan.resplit and _is_about_readers(plan) and _readers(plan) == _wanted(plan)


def _readers(plan: FilePlan) -> set[Recipient]:
    return plan.file.encryption.recipients() if plan.file.encryption else set()


def _wanted(plan: FilePlan) -> set[Recipient]:
    return {recipient for group in plan.target.groups for recipient in group} if plan.target else set()


def _message(plan: FilePlan, names: Names) -> str:
    signs: dict[str, list[Recipient]] = {"-": [], "+": [], "~": []}
    for sign, recipient in changed_recipients(plan):
        signs[sign].append(recipient)
    readers, wanted = _readers(plan), _wanted(plan)
    lost = [each for each in signs["-"] if each not in wanted]
    gained = [each for each in signs["+"] if each not in readers]
    rule = f"rule {plan.rule.number if plan.rule else '?'}"
    parts = []
    if lost:
        parts.append(f"{_listed(lost, names, wanted)} can read it")
    if gained:
        parts.append(f"{_listed(gained, names, readers)} cannot read it")
    if parts:
        return f"{' and '.join(parts)}, against {rule}"
    if signs["+"] or signs["-"]:
        moved = _listed([*signs["+"], *signs["-"]], names, set())
        return f"has {moved} in other key groups than {rule}"
    return f"spells {_listed(signs['~'], names, set())} otherwise than its rule, which sops goes by"


def _listed(recipients: Iterable[Recipient], names: Names, others: Collection[Recipient]) -> str:
    """Whose keys these are: `alice and bob`; by the key itself for a host that has another among `others`."""
    by_other_keys = {names.get(each) for each in others} - {None}
    labels = []
    for each in recipients:
        name = names.get(each)
        if name is None:
            labels.append(f"the unnamed key {short(each)}")
        else:
            labels.append(f"{shown(name)} by {short(each)}" if name in by_other_keys else shown(name))
    *rest, last = dict.fromkeys(labels)
    if len(rest) >= _NAMED:  # sopskit plan names them all
        rest, last = rest[: _NAMED - 1], f"{len(rest) + 2 - _NAMED} more"
    return f"{', '.join(rest)} and {last}" if rest else last


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Make the file what its rule says, unless that would write a value in clear."""
    plan = subject.plan_of(finding.path)
    if plan is None or values_to_clear(subject, plan):
        return None
    return Repair(f"sync {shown(finding.path)}{_gains(plan, subject.names)}", sync=(finding.path,))


def _gains(plan: FilePlan, names: Names) -> str:
    """Who can read the file after the repair that could not before; it may be that the rule is wrong."""
    readers = _readers(plan)
    gained = [each for group in (plan.target.groups if plan.target else ()) for each in group]
    gained = [each for each in gained if each not in readers]
    return f", which gives it to {_listed(gained, names, readers)}" if gained else ""


AUDIT = Audit(
    id="drift",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a file's recipients are not those of its rule",
    hint="sopskit sync makes the files what the rules say; sopskit plan shows it",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
