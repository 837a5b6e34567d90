"""Checking a repository: which audits run on what, and what of their findings is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit import audits as registry
from sopskit.audits.interface import Need, Scope
from sopskit.errors import ConfigurationError, ExitCode, SopskitError, ToolMissingError, UsageError
from sopskit.findings import Unread, in_order
from sopskit.settings import SETTINGS_NAME
from sopskit.workflows import check_ignores
from sopskit.workflows.check_ignores import Ignores
from sopskit.workflows.check_subject import broken_configs, is_below, read_inventory, subject_of
from sopskit.workflows.fixable import with_fixable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.audits.interface import Audit
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.inventory.inventory import Inventory
    from sopskit.settings import Settings
    from sopskit.workflows.check_subject import Place, Request


class NotRun(NamedTuple):
    """An audit that could not run, and why."""

    id: str
    reason: str


class Report(NamedTuple):
    """What a check has found.

    Attributes:
        findings: by path and place.
        ignored: findings that a marker or a setting has left out.
        not_run: audits that were asked for, and lacked something, or that `.sopskit.toml` skips.
        unread: files that could not be read.
        files: number of files that were looked at.
        size: their bytes.
        audits: those that ran.
        subject: what was looked at.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[IgnoredFinding, ...]
    not_run: tuple[NotRun, ...]
    unread: tuple[Unread, ...]
    files: int
    size: int
    audits: tuple[Audit, ...]
    subject: Subject

    @property
    def exit_code(self) -> ExitCode:
        """Clean, found, or failed where something could not be read."""
        if self.unread:
            return ExitCode.FAILED
        return ExitCode.FOUND if any(each.fails for each in self.findings) else ExitCode.CLEAN


def check(place: Place, request: Request) -> Report:
    """Run the audits that are asked for.

    Raises:
        UsageError: an id is none, or nothing is at one of the paths.
        ConfigurationError: there is no `.sops.yaml`, or `.sopskit.toml` cannot be used.
        FailedError: git failed.
    """
    inventory = read_inventory(place, request)
    settings = check_ignores.read_settings(inventory.tree)
    chosen, left_out = _chosen(request, settings)
    subject = subject_of(place, request, inventory, chosen)
    run = _Run(subject, request)
    found = [finding for audit in chosen for finding in run.findings_of(audit)]
    if request.history:
        found += _in_history(place, request, chosen, found, run.failures)
    ignores = Ignores(subject, settings)
    kept = [finding for finding in found if not ignores.take(finding)]
    ran = tuple(audit for audit in chosen if audit.id not in {each.id for each in run.not_run})
    if run.is_whole:
        kept += ignores.findings({audit.id for audit in ran})
    unread = (*run.failures, *_unread(subject))
    files = set(subject.paths())
    return Report(
        tuple(in_order(with_fixable(subject, kept))),
        tuple(ignores.ignored),
        (*left_out, *run.not_run),
        tuple(dict.fromkeys(unread)),
        len(files),
        sum(_size(inventory, path) for path in files),
        ran,
        subject,
    )


def _chosen(request: Request, settings: Settings) -> tuple[list[Audit], list[NotRun]]:
    """The audits to run, and those that are left out by a setting and by nobody who runs this.

    Raises:
        UsageError: there is no such audit.
    """
    known = registry.ids()
    for id_ in (*request.only, *request.skip):
        if id_ not in known:
            raise UsageError(f"there is no audit {id_}", hint="sopskit check --list names them all")
    wanted = [each for each in registry.audits() if not request.only or each.id in request.only]
    wanted = [each for each in wanted if each.id not in request.skip]
    if request.room:
        wanted = [each for each in wanted if each.id in registry.ids(request.room)]
    skipped = {each.id for each in settings.skip if each.id not in request.only}
    left_out = [NotRun(each.id, f"{SETTINGS_NAME} skips it") for each in wanted if each.id in skipped]
    return [each for each in wanted if each.id not in skipped], left_out


class _Run:
    """Runs one audit after another.

    Attributes:
        not_run: audits that lacked something.
        failures: files that an audit could not read.
        is_whole: nothing was left out, so that an ignore without a finding is one without use.
    """

    def __init__(self, subject: Subject, request: Request) -> None:
        self.not_run: list[NotRun] = []
        self.failures: list[Unread] = []
        self.is_whole = not (request.staged or request.paths)
        self._subject = subject
        self._request = request
        self._everything = subject.without_limit()

    def findings_of(self, audit: Audit) -> Iterator[Finding]:
        """What an audit finds in the files that are asked for."""
        if audit.scope is Scope.REPOSITORY and self._request.staged:
            return
        missing = self._missing(audit)
        if missing is not None:
            self.not_run.append(NotRun(audit.id, missing))
            return
        subject = self._subject if audit.scope is Scope.FILE or self.is_whole else self._everything
        only = self._subject.only
        try:
            for finding in audit.detect(subject):
                if only is None or finding.path in only:
                    yield finding
        except ToolMissingError as error:
            self.not_run.append(NotRun(audit.id, error.message))
        except SopskitError as error:
            self.failures.append(Unread(error.path or audit.id, error.message))

    def _missing(self, audit: Audit) -> str | None:
        if Need.IDENTITY in audit.needs and self._subject.engine is None and self._has_encrypted():
            return "it needs a private key that opens the files, and none is here"
        if Need.HISTORY in audit.needs and self._subject.in_clear is None:
            return "it needs the git history, which --history reads"
        return None

    def _has_encrypted(self) -> bool:
        """Whether there is a file that a private key could open."""
        return any(plan.file.encryption is not None for plan in self._subject.plans())


def _in_history(
    place: Place,
    request: Request,
    audits: Sequence[Audit],
    present: Iterable[Finding],
    failures: list[Unread],
) -> list[Finding]:
    """What a hook would have stopped, but for what is found at present anyhow."""
    from sopskit.workflows.check_history import history_findings

    past = history_findings(place.repository, audits, place.config, place.jobs)
    failures += [Unread(path, reason) for path, reason in past.unread]
    if past.is_cut:
        failures.append(Unread("history", "this clone is shallow: older commits are not here"))
    here = {each.fingerprint for each in present}
    tops = [place.repository.relative(place.start / name) for name in request.paths]
    return [
        each
        for each in past.findings
        if each.fingerprint not in here and (not tops or any(is_below(each.path, top) for top in tops))
    ]


def _unread(subject: Subject) -> Iterator[Unread]:
    """Secret files and configs that could not be read at all; what is merely broken is a finding."""
    for plan in subject.plans():
        if plan.problem is not None and plan.file.version is None and plan.problem is plan.file.problem:
            yield Unread(plan.path, plan.problem.message)
    for error in broken_configs(subject.inventory):
        if not isinstance(error, ConfigurationError):
            yield Unread(error.path or ".sops.yaml", error.message)


def _size(inventory: Inventory, path: str) -> int:
    version = inventory.file(path).version
    return version.identity.size if version is not None else 0
