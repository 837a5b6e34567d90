"""The repairs of what a check has found, together: one change of `.sops.yaml`, the files and `.gitignore`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.narrowing import values_to_clear
from sopskit.errors import SopskitError
from sopskit.inventory.plan import State, target_of
from sopskit.repo.targets import Target
from sopskit.text import splice
from sopskit.workflows.apply import NewText
from sopskit.workflows.change import change_of
from sopskit.workflows.fixable import files_of, obstacles, repair_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from sopskit.audits.interface import Repair
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Configs
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan

_IGNORE = ".gitignore"


class Refused(NamedTuple):
    """A repair that could not be made, and why."""

    finding: Finding
    error: SopskitError


class Repairs(NamedTuple):
    """All repairs, not yet made.

    Attributes:
        summaries: a line for each.
        configs: every `.sops.yaml` as it is to be.
        plans: files to re-wrap, rotate or encrypt.
        texts: other files that get a new text: `.gitignore`.
        refused: what could not be repaired.
        left: files that are not written, since their rule would have values in clear that are encrypted now.
        blocked: files that cannot be written or encrypted, by path, and why.
    """

    summaries: tuple[str, ...]
    configs: Configs
    plans: tuple[FilePlan, ...]
    texts: tuple[NewText, ...]
    refused: tuple[Refused, ...]
    left: tuple[str, ...] = ()
    blocked: Mapping[str, SopskitError] = MappingProxyType({})


def collect(subject: Subject, findings: Iterable[Finding]) -> Repairs:
    """What `--fix` would do.

    Args:
        subject: what was checked: the work tree.
        findings: of that check.
    """
    configs = subject.inventory.configs
    refused: list[Refused] = []
    made: list[Repair] = []
    for finding, repair in _repairs(subject, findings):
        try:
            configs = _edited(configs, finding.path, repair)
        except SopskitError as error:
            refused.append(Refused(finding, error))
            continue
        made.append(repair)
    lines = [line for repair in made for line in repair.ignore]
    texts = (_ignoring(subject.inventory, lines),) if lines else ()
    plans = list(_plans(subject.inventory, configs, made))
    left = tuple(plan.path for plan in plans if values_to_clear(subject, plan))
    blocked = obstacles(subject, plans)
    not_written = {*left, *blocked}
    return Repairs(
        tuple(dict.fromkeys(each.summary for each in made if blocked.keys().isdisjoint(files_of(each)))),
        configs,
        tuple(plan for plan in plans if plan.path not in not_written),
        texts,
        tuple(refused),
        left,
        blocked,
    )


def _repairs(subject: Subject, findings: Iterable[Finding]) -> Iterator[tuple[Finding, Repair]]:
    for finding in findings:
        repair = repair_of(subject, finding)
        if repair is not None:
            yield finding, repair


def _edited(configs: Configs, path: str, repair: Repair) -> Configs:
    if repair.edit is None:
        return configs
    document = next(each.document for each in configs.all() if each.path == path)
    return configs.with_document(path, repair.edit(document))


def _plans(inventory: Inventory, configs: Configs, repairs: Collection[Repair]) -> Iterator[FilePlan]:
    """The files to write: those that a repair names, and those whose rule a repair changes."""
    wanted = {path for repair in repairs for path in repair.sync}
    wanted |= {plan.path for plan in change_of(inventory, configs).plan.files}
    plaintext = {path for repair in repairs for path in repair.encrypt}
    for plan in inventory.plan(configs).files:
        if plan.state is State.DRIFT and plan.path in wanted:
            yield plan
        elif plan.state is State.PLAINTEXT and plan.path in plaintext and plan.rule is not None:
            yield plan._replace(target=target_of(plan.rule))


def _ignoring(inventory: Inventory, lines: Iterable[str]) -> NewText:
    """The `.gitignore` at the root with further lines at its end."""
    repository = inventory.repository
    old, target = b"", Target.new(_IGNORE)
    if repository.has(_IGNORE):
        snapshot = repository.read(_IGNORE)
        old, target = snapshot.content, Target.replacing(snapshot)
    text = old.decode("utf-8", "surrogateescape")
    newline = splice.newline_of(text)
    there = set(text.splitlines())
    new = [line for line in dict.fromkeys(lines) if line not in there]
    start = newline if text and not text.endswith("\n") else ""
    added = start + "".join(line + newline for line in new)
    return NewText(_IGNORE, target, old, old + added.encode("utf-8", "surrogateescape"))
