"""A file whose selector or threshold is not that of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Repair, Scope
from sopskit.audits.narrowing import values_to_clear
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.plan import State
from sopskit.sops.selectors import DEFAULT
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.plan import FilePlan, SettingChange


_NARROWING = (
    "by the rule {} of its values would be in clear: is its selector right?"
    " if so, sopskit sync --allow-clear makes it so"
)


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files with other settings; `sops updatekeys` never ends this (getsops/sops#1788, #810)."""
    for plan in subject.plans():
        if plan.state is State.DRIFT and (plan.settings or plan.resplit) and plan.rule is not None:
            said = "; ".join(_differences(plan))
            number = values_to_clear(subject, plan)
            hint = _NARROWING.format(number) if number else None
            yield AUDIT.finding(
                Place(plan.path), f"is not encrypted as rule {plan.rule.number} says: {said}", "", hint=hint
            )


def _differences(plan: FilePlan) -> Iterator[str]:
    for name, file, rule in _telling(plan.settings):
        here = f"{name} is {shown(file)}" if file is not None else f"{name} is not set"
        yield f"{here}, the rule's {shown(rule)}" if rule is not None else f"{here}, and the rule has none"
    if plan.resplit and plan.file.encryption is not None and plan.target is not None:
        ours, theirs = plan.file.encryption, plan.target
        yield (
            f"{ours.threshold or 1} of {len(ours.groups)} key groups open it, "
            f"by the rule {theirs.threshold or 1} of {len(theirs.groups)}"
        )


def _telling(settings: Sequence[SettingChange]) -> list[SettingChange]:
    """The differences, without the selector of a file or a rule that names none."""
    found = [
        each for each in settings if DEFAULT.name != each.name or DEFAULT.value not in (each.file, each.rule)
    ]
    return found or list(settings)


def repair(subject: Subject, finding: Finding) -> Repair | None:
    """Make the file what its rule says, unless that would write a value in clear."""
    plan = subject.plan_of(finding.path)
    if plan is None or values_to_clear(subject, plan):
        return None
    return Repair(f"sync {shown(finding.path)}", sync=(finding.path,))


AUDIT = Audit(
    id="settings-differ",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a file's selector or threshold is not that of its rule",
    hint="sopskit sync encrypts the files anew, as their rules say; sops updatekeys does not",
    detect=detect,
    repair=repair,
    scope=Scope.FILE,
)
