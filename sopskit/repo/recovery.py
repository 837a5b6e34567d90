"""Finishing or undoing what a journal describes; both can be interrupted and done again."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo import snapshot
from sopskit.repo.durability import make_durable
from sopskit.repo.failures import write_failed
from sopskit.repo.journal import JournalFile
from sopskit.repo.lock import RepositoryLock
from sopskit.repo.names import temporary
from sopskit.repo.overlapping import overlapped
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.repo.discovery import Repository
    from sopskit.repo.journal import Entry, Plan


class Recovery(NamedTuple):
    """What was left to do of an interrupted change.

    Attributes:
        finished: files that got their new content now, relative to the root.
        undone: files whose new content was thrown away.
    """

    finished: list[str]
    undone: list[str]


def recover(repository: Repository) -> Recovery | None:
    """Finish or undo what an interrupted command left; every command calls this first.

    Args:
        repository: where.

    Returns:
        What was done, None where nothing was left.

    Raises:
        FailedError: another command is at work, the journal is damaged, or a file of a committed change
            was edited since.
        ConfigurationError: a newer sopskit wrote the journal.
    """
    if not JournalFile(repository.state_dir).exists():
        return None
    with RepositoryLock(repository):
        return recover_locked(repository)


def recover_locked(repository: Repository) -> Recovery | None:
    """As `recover`, for a caller who holds the lock."""
    journal = JournalFile(repository.state_dir)
    if not journal.exists():
        return None
    plan = journal.read()
    try:
        if not plan.committed:
            return Recovery([], undo(repository.root, plan, journal))
        _refuse_edited(repository.root, plan)
        return Recovery(finish(repository.root, plan, journal), [])
    except OSError as error:
        raise write_failed(error, _name_in(error, journal)) from None


def finish(root: Path, plan: Plan, journal: JournalFile) -> list[str]:
    """Give every target of a committed plan its new content, and remove the journal.

    Returns:
        The targets that got it now; one without a temporary file has it already, or keeps its old one.

    Raises:
        OSError: a rename failed; the journal is still there.
    """
    finished: set[str] = set()

    def rename(change: tuple[Entry, str]) -> None:
        entry, draft = change
        with contextlib.suppress(FileNotFoundError):
            os.rename(draft, f"{root}/{entry.target}")  # noqa: PTH104 - Path makes two more of itself
            finished.add(entry.target)

    overlapped(rename, list(_drafts(root, plan)))
    _keep_names(root, plan)
    journal.remove()
    return [entry.target for entry in plan.entries if entry.target in finished]


def undo(root: Path, plan: Plan, journal: JournalFile) -> list[str]:
    """Remove the temporary files and the new folders of a plan that is not committed, and the journal.

    Returns:
        The targets that had a temporary file.

    Raises:
        OSError: one could not be removed; the journal is still there.
    """
    undone: list[str] = []
    for entry, draft in _drafts(root, plan):
        with contextlib.suppress(FileNotFoundError):
            Path(draft).unlink()
            undone.append(entry.target)
    for folder in reversed(plan.folders):
        with contextlib.suppress(OSError):  # someone else put something into it
            (root / folder).rmdir()
    _keep_names(root, plan)
    journal.remove()
    return undone


def _refuse_edited(root: Path, plan: Plan) -> None:
    """Never overwrite what was written after the interruption."""
    pending = [(entry, draft) for entry, draft in _drafts(root, plan) if os.path.lexists(draft)]
    edited = [(entry.target, draft) for entry, draft in pending if not _is_old(root, entry)]
    if edited:
        names = "; ".join(shown(target) for target, _ in edited)
        draft = shown(os.path.relpath(edited[0][1], root))
        raise FailedError(
            f"a change was interrupted, and these files were edited since: {names}",
            hint=f"delete {draft} to keep the edit, or take the edit back, then repeat",
        )


def _drafts(root: Path, plan: Plan) -> Iterator[tuple[Entry, str]]:
    """Each entry with its temporary file, there or not; none that a symbolic link would lead to."""
    in_place = {folder for folder in _folders(plan) if _is_in_place(root / folder)}
    for entry in plan.entries:
        if _folder_of(entry.target) in in_place:
            yield entry, f"{root}/{temporary(entry.target, plan.transaction)}"


def _is_old(root: Path, entry: Entry) -> bool:
    """Whether the target still holds what it held before the interrupted change."""
    target = f"{root}/{entry.target}"
    try:
        if not stat.S_ISREG(os.lstat(target).st_mode):
            return False
    except FileNotFoundError:
        return entry.was is None
    content, _ = snapshot.read(target, entry.target)
    return snapshot.digest(content) == entry.was


def _is_in_place(folder: Path) -> bool:
    """Whether the folder is there and reached without a symbolic link, which could lead anywhere."""
    return os.path.realpath(folder) == str(folder) and folder.is_dir()


def _folders(plan: Plan) -> set[str]:
    """The folders in which names change, relative to the root, which is ""."""
    return {_folder_of(path) for path in (*plan.folders, *(entry.target for entry in plan.entries))}


def _folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def _keep_names(root: Path, plan: Plan) -> None:
    """Make the renames and removals durable."""
    folders = [root / folder for folder in _folders(plan)]
    make_durable((), [folder for folder in folders if _is_in_place(folder)])


def _name_in(error: OSError, journal: JournalFile) -> str:
    return os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else str(journal.path)
