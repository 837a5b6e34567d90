"""Carrying out a plan: every file re-wrapped or rotated, and `.sops.yaml` with them, all or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines.interface import Rewrap
from sopskit.errors import BrokenFileError, FailedError, NoIdentityError, SopskitError, ToolMissingError
from sopskit.repo.journal import JournalFile
from sopskit.repo.snapshot import is_version
from sopskit.repo.staging import Draft, stage
from sopskit.repo.targets import Target
from sopskit.repo.transaction import Transaction
from sopskit.sops.formats import format_of
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sopskit.engines.interface import Engine
    from sopskit.inventory.configs import Config
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan
    from sopskit.repo.discovery import Repository


class Outcome:
    """What was done.

    Attributes:
        rewrapped: the files that were re-wrapped, relative to the repository.
        rotated: the files that were rotated.
        encrypted: the plaintext files that were encrypted.
        notes: for a file that was rotated, what had to be spelled otherwise than in place.
        unreadable: an error for each file that no identity opens, and that was left.
        failed: an error for each file that could not be changed, and that was left.
    """

    def __init__(self) -> None:
        self.rewrapped: list[str] = []
        self.rotated: list[str] = []
        self.encrypted: list[str] = []
        self.notes: list[tuple[str, str]] = []
        self.unreadable: list[SopskitError] = []
        self.failed: list[SopskitError] = []


class NewText(NamedTuple):
    """A file that is neither a config nor encrypted, and gets a new text with the others: a `.gitignore`.

    Attributes:
        path: relative to the repository, with `/`.
        target: what is written.
        old: its bytes as they were read; none for a new file.
        new: its bytes as they are to be.
    """

    path: str
    target: Target
    old: bytes
    new: bytes


class _Job(NamedTuple):
    plan: FilePlan
    draft: Draft


class _Result(NamedTuple):
    path: str
    error: SopskitError | None
    process: int
    notes: tuple[str, ...] = ()


def apply(
    inventory: Inventory,
    plans: Sequence[FilePlan],
    engine: Engine,
    *,
    documents: Sequence[Config] = (),
    texts: Sequence[NewText] = (),
    skip_unreadable: bool = False,
    skip_broken: bool = False,
    jobs: int | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> Outcome:
    """Re-wrap, rotate or encrypt files, as each plan says, to what their rules want, all or none.

    Args:
        inventory: the repository as it was read; a file that changed since is refused.
        plans: each file once, as `rotations.divide` gives them.
        engine: reaches the data keys.
        documents: each `.sops.yaml` that gets a new text in the same step.
        texts: other files that do.
        skip_unreadable: leave files that no identity opens, and do the rest.
        skip_broken: leave files whose content is wrong (a MAC, a format), and do the rest.
        jobs: number of processes; None for one a core.
        report: called with (files done, files in all).

    Raises:
        NoIdentityError: no identity opens some files; each is among its causes, nothing was written.
        FailedError: a file could not be read, re-wrapped or written; nothing was written.
    """
    repository = inventory.repository
    rewritten = [(Target.replacing(each.snapshot), each.document.text.encode()) for each in documents]
    rewritten += [(each.target, each.new) for each in texts]
    with Transaction(repository) as transaction:
        drafts = transaction.plan([*(target for target, _ in rewritten), *map(_target, plans)])
        for (_, content), draft in zip(rewritten, drafts, strict=False):
            stage(draft, content)
        drafts = drafts[len(rewritten) :]
        work = [_Job(plan, draft) for plan, draft in zip(plans, drafts, strict=True)]
        outcome = _rewrap_all(repository, engine, work, jobs, report)
        if not all(skip_broken and isinstance(error, BrokenFileError) for error in outcome.failed):
            raise _sum_up(outcome.failed + outcome.unreadable)
        if outcome.unreadable and not skip_unreadable:
            raise _sum_up(outcome.unreadable)
        transaction.commit()
    return outcome


def is_untouched(inventory: Inventory) -> bool:
    """Whether no change was made and none is left to finish, by the look of `.sops.yaml` and the journal.

    An interruption or a failing disk may come after the point of no return; all files change together.
    """
    primary = inventory.configs.primary
    try:
        content = inventory.repository.read(primary.path).content
    except SopskitError:
        return False
    return content == primary.snapshot.content and not JournalFile(inventory.repository.state_dir).exists()


def _target(plan: FilePlan) -> Target:
    version = plan.file.version
    if version is None:
        raise FailedError("was not read", path=plan.path)
    return Target(plan.file.resolved, version, version.identity.mode)


def _rewrap_all(
    repository: Repository,
    engine: Engine,
    work: Sequence[_Job],
    jobs: int | None,
    report: Callable[[int, int], None],
) -> Outcome:
    outcome = Outcome()

    def one(job: _Job) -> _Result:
        return _rewrap(repository, engine, job)

    def results() -> Iterable[_Result]:
        # The first file is done here: a passphrase that it needs is asked for before workers are forked.
        yield from map(one, work[:1])
        yield from map_files(one, work[1:], jobs)

    for done, (job, result) in enumerate(zip(work, results(), strict=True), start=1):
        if isinstance(result.error, NoIdentityError) and result.process != os.getpid():
            result = one(job)  # noqa: PLW2901 - a worker cannot ask for a passphrase, this process can
        if result.error is None:
            _list_of(outcome, job.plan).append(result.path)
            outcome.notes += [(result.path, note) for note in result.notes]
        elif isinstance(result.error, NoIdentityError):
            outcome.unreadable.append(result.error)
        else:
            outcome.failed.append(result.error)
        report(done, len(work))
    return outcome


def _list_of(outcome: Outcome, plan: FilePlan) -> list[str]:
    if plan.file.encryption is None:
        return outcome.encrypted
    return outcome.rotated if plan.rotate else outcome.rewrapped


def _rewrap(repository: Repository, engine: Engine, job: _Job) -> _Result:
    plan = job.plan
    try:
        snapshot = repository.read(plan.path)
        if plan.file.version is None or not is_version(snapshot, plan.file.version):
            raise FailedError("changed since it was read", hint="nothing was changed; run the command again")
        content, notes = _written(engine, plan, snapshot.content)
        stage(job.draft, content)
    except SopskitError as error:
        error.path = plan.path  # an engine knows the path as the config sees it
        return _Result(plan.path, error, os.getpid())
    return _Result(plan.path, None, os.getpid(), notes)


def _written(engine: Engine, plan: FilePlan, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The file's new content, encrypted, rotated where the plan says so, else re-wrapped; and notes on it."""
    if plan.target is None or plan.config is None:
        raise FailedError("has no rule")
    path = plan.config.relative(plan.path)
    if plan.file.encryption is None:
        from sopskit.engines.file_encryption import encrypt_file
        from sopskit.workflows.encrypt import Wanted, encryption

        kind = format_of(path)
        return encrypt_file(engine, content, kind, path, encryption(plan.rule, Wanted(), kind))
    if not plan.rotate:
        return engine.rewrap(Rewrap(path, content, plan.target.groups, plan.target.threshold)), ()
    from sopskit.engines.file_encryption import Encryption
    from sopskit.engines.rotation import Rotation, rotate

    return rotate(engine, Rotation(path, content, format_of(path), Encryption(*plan.target)))


def _sum_up(errors: Sequence[SopskitError]) -> SopskitError:
    """One error for several files; it takes the kind of the worst."""
    failed = [error for error in errors if not isinstance(error, NoIdentityError)]
    summary: SopskitError
    if failed and all(isinstance(error, ToolMissingError) for error in failed):
        summary = ToolMissingError(f"files that need a missing program: {len(failed)}; nothing was written")
    elif failed:
        summary = FailedError(f"files that could not be changed: {len(failed)}; nothing was written")
    else:
        summary = NoIdentityError(
            f"files that no identity on this machine opens: {len(errors)}; nothing was written",
            hint="sopskit doctor lists the identities found here; --skip-unreadable does the rest",
        )
    summary.causes = tuple(errors)
    return summary
