"""Which findings `check --fix` repairs, and what keeps single files from being repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit import audits
from sopskit.errors import FailedError, SopskitError
from sopskit.inventory.plan import State
from sopskit.repo.targets import RefusedError, Target, refuse_impossible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.audits.interface import Repair
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.plan import FilePlan


def with_fixable(subject: Subject, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each with whether `check --fix` repairs it.

    Args:
        subject: what was checked: the work tree, what is staged, or a commit.
        findings: of that check.
    """
    wanted = [(finding, repair_of(subject, finding)) for finding in findings]
    blocked: Mapping[str, SopskitError] = {}
    if subject.inventory.tree is subject.inventory.repository:
        paths = {path for _, repair in wanted if repair is not None for path in files_of(repair)}
        blocked = obstacles(subject, (plan for plan in subject.plan.files if plan.path in paths))
    for finding, repair in wanted:
        yield finding._replace(fixable=repair is not None and blocked.keys().isdisjoint(files_of(repair)))


def repair_of(subject: Subject, finding: Finding) -> Repair | None:
    """The repair of a finding; None where there is no single safe one, or it is of the history."""
    make = audits.audit(finding.id).repair if finding.commit is None else None
    return make(subject, finding) if make is not None else None


def files_of(repair: Repair) -> tuple[str, ...]:
    """The secret files that a repair is about."""
    return (*repair.sync, *repair.encrypt)


def obstacles(subject: Subject, plans: Iterable[FilePlan]) -> dict[str, SopskitError]:
    """Why files cannot be written (read-only) or encrypted (no text of their format), by path.

    Args:
        subject: the work tree.
        plans: files that would be re-wrapped, rotated or encrypted.
    """
    wanted = list(plans)
    refused = _refused(subject, wanted)
    found: dict[str, SopskitError] = {}
    for plan in wanted:
        reason = refused.get(plan.file.resolved)
        error = FailedError(reason) if reason is not None else _unencryptable(subject, plan)
        if error is not None:
            found[plan.path] = error
    return found


def _refused(subject: Subject, plans: Iterable[FilePlan]) -> dict[str, str]:
    """Reasons by the path that is no link."""
    targets = dict(_targets(plans))
    try:
        refuse_impossible(subject.inventory.repository.root, list(targets.values()))
    except RefusedError as error:
        return {each.path: each.reason for each in error.refusals}
    return {}


def _targets(plans: Iterable[FilePlan]) -> Iterator[tuple[str, Target]]:
    for plan in plans:
        if plan.file.version is not None:
            version = plan.file.version
            yield plan.file.resolved, Target(plan.file.resolved, version, version.identity.mode)


def _unencryptable(subject: Subject, plan: FilePlan) -> SopskitError | None:
    content = subject.content(plan.path) if plan.state is State.PLAINTEXT else None
    if content is None:
        return None
    from sopskit.engines.file_encryption import read_plaintext
    from sopskit.sops.formats import format_of

    try:
        read_plaintext(content, format_of(plan.path), plan.path)
    except SopskitError as error:
        return error
    return None
