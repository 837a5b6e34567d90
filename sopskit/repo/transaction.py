"""Changing many files together or not at all.

    with Transaction(repository) as transaction:
        for draft in transaction.plan(targets):
            stage(draft, content)          # here or in a worker process
        transaction.commit()

Whatever ends this before `commit` has written its mark leaves the old files, whatever ends it after that
the new ones, at the latest when the next command has called `recover`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sopskit.errors import FailedError
from sopskit.repo.durability import make_durable
from sopskit.repo.failures import write_failed
from sopskit.repo.journal import Entry, JournalFile, Plan
from sopskit.repo.lock import RepositoryLock
from sopskit.repo.recovery import finish, recover_locked, undo
from sopskit.repo.staging import draft, is_staged
from sopskit.repo.targets import refuse_impossible
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.repo.discovery import Repository
    from sopskit.repo.staging import Draft
    from sopskit.repo.targets import Target


class Transaction:
    """One change of many files, within a `with` block. Leaving the block without `commit` undoes it.

    Workers that stage files must have ended before the block does: what they write later is not undone.

    Args:
        repository: where the files are.

    Raises:
        FailedError: on entering: the lock is held, or what an earlier command left cannot be recovered.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._lock = RepositoryLock(repository)
        self._journal = JournalFile(repository.state_dir)
        self._plan: Plan | None = None  # None again once it is committed, undone, or left to the next command
        self._drafts: list[tuple[Target, Draft]] = []

    def __enter__(self) -> Self:
        self._lock.__enter__()
        try:
            recover_locked(self._repository)
        except BaseException:
            self._lock.__exit__()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.rollback()
        except FailedError:
            if kind is None:  # else the error in flight matters more; the next command undoes the rest
                raise
        finally:
            self._lock.__exit__()

    def plan(self, targets: Iterable[Target]) -> list[Draft]:
        """Refuse what cannot be done, then write the journal.

        Returns:
            A draft for each target, in order; `stage` takes it.

        Raises:
            RefusedError: files changed or vanished since they were read, or cannot be replaced; nothing was
                written.
            FailedError: the journal cannot be written; nothing was changed.
            ValueError: a target twice, or outside of the repository (a bug of the caller).
        """
        if self._plan is not None:
            raise ValueError("a transaction is planned once")
        wanted = tuple(targets)
        root = self._repository.root
        refuse_impossible(root, wanted)
        entries = tuple(Entry(path, None if was is None else was.digest) for path, was, _ in wanted)
        plan = Plan(os.urandom(8).hex(), _missing_folders(root, wanted), entries)
        self._drafts = [(target, draft(root, target, plan.transaction)) for target in wanted]
        with _uninterrupted():
            self._begin(plan)
        return [draft for _, draft in self._drafts]

    def commit(self) -> list[str]:
        """Give every staged target its new content. A target that was not staged keeps its own.

        Ctrl-C is obeyed up to the point where the change counts as made; after it, once all is done.

        Returns:
            The files that changed, relative to the root.

        Raises:
            RefusedError: a file changed meanwhile; nothing was changed.
            FailedError: the disk is full or failed. Nothing was changed, or else the message says that
                the next command finishes it.
        """
        if self._plan is None:
            raise ValueError("nothing is planned")
        staged = [(target, draft) for target, draft in self._drafts if is_staged(draft)]
        if not staged:
            self.rollback()
            return []
        self._make_durable([draft.temporary for _, draft in staged])
        refuse_impossible(self._repository.root, [target for target, _ in staged])
        with _uninterrupted():
            self._write_mark()
            return self._finish()

    def rollback(self) -> None:
        """Undo what was staged; without effect when nothing is planned, or after `commit`.

        Raises:
            FailedError: a temporary file could not be removed; the next command tries again.
        """
        if self._plan is None:
            return
        plan, self._plan = self._plan, None
        with _uninterrupted():
            try:
                undo(self._repository.root, plan, self._journal)
            except OSError as error:
                raise write_failed(error, str(self._journal.path)) from None

    def _begin(self, plan: Plan) -> None:
        self._plan = plan
        try:
            self._journal.create(plan)
            for folder in plan.folders:
                (self._repository.root / folder).mkdir()
        except OSError as error:
            with contextlib.suppress(FailedError):
                self.rollback()
            raise write_failed(error, str(self._journal.path)) from None

    def _make_durable(self, temporaries: Sequence[str]) -> None:
        folders = [Path(folder) for folder in {path.rpartition("/")[0] for path in temporaries}]
        try:
            make_durable(temporaries, folders)
        except OSError as error:
            raise write_failed(error, str(self._repository.root)) from None

    def _write_mark(self) -> None:
        try:
            self._journal.commit()
        except OSError as error:
            try:
                self._journal.withdraw()
            except OSError:
                self._plan = None  # whether the mark is on the disk is for the next command to see
                raise _left_over(self._journal) from None
            raise write_failed(error, str(self._journal.path)) from None

    def _finish(self) -> list[str]:
        assert self._plan is not None  # noqa: S101 - for mypy; commit has checked it
        plan, self._plan = self._plan, None
        try:
            return finish(self._repository.root, plan, self._journal)
        except OSError:
            raise _left_over(self._journal) from None


def _left_over(journal: JournalFile) -> FailedError:
    return FailedError(
        "the disk failed in the middle of the change",
        hint="once it is writable again, the next sopskit command here finishes or undoes the change",
        path=shown(str(journal.path)),
    )


def _missing_folders(root: Path, targets: Iterable[Target]) -> tuple[str, ...]:
    """The folders to make for new files, outer ones first."""
    missing: set[str] = set()
    for new in (target for target in targets if target.version is None):
        folder = (root / new.path).parent
        while not os.path.lexists(folder):
            missing.add(folder.relative_to(root).as_posix())
            folder = folder.parent
    return tuple(sorted(missing))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block. Only the main thread is ever interrupted."""
    previous = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or previous is None:
        yield
        return
    received: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: received.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if received:
            signal.raise_signal(signal.SIGINT)
