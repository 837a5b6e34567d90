"""What a transaction is asked to change, and the reasons to refuse it before anything is written."""

from __future__ import annotations

import os
import stat
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo.names import is_inside
from sopskit.repo.snapshot import ANY_WRITE, FileSnapshot, Version, is_unchanged
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Target(NamedTuple):
    """A file to change. It holds no contents, so that a transaction may have many.

    Attributes:
        path: the file itself, not a link to it; relative to the root, with `/`.
        version: what was read, and must still be there; None for a file that must not exist yet.
        mode: permissions of the new content.
    """

    path: str
    version: Version | None
    mode: int

    @classmethod
    def replacing(cls, snapshot: FileSnapshot) -> Target:
        """Change a file that was read; its permissions stay."""
        return cls(snapshot.resolved, snapshot.version, snapshot.identity.mode)

    @classmethod
    def new(cls, path: str, mode: int = 0o644) -> Target:
        """Make a file, and the folders above it where they are missing."""
        return cls(path, None, mode)


class Refusal(NamedTuple):
    """Why one file cannot be changed."""

    path: str
    reason: str


class RefusedError(FailedError):
    """Files that cannot be changed as asked; nothing was changed.

    Attributes:
        refusals: each such file with the reason.
    """

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        hint = "nothing was changed; see to these files, then run the command again"
        if len(refusals) == 1:
            super().__init__(refusals[0].reason, hint=hint, path=shown(refusals[0].path))
        else:
            each = "; ".join(f"{shown(path)} ({reason})" for path, reason in refusals)
            super().__init__(f"{len(refusals)} files cannot be changed: {each}", hint=hint)
        self.refusals = tuple(refusals)

    def __reduce__(self) -> tuple[object, ...]:
        """A worker process may send it; what it is made of is not its message."""
        return type(self), (self.refusals,), self.__dict__


class Folder:
    """A folder that files are to be renamed in; looked at once for all its files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def refusal(self) -> str | None:
        """Why nothing can be renamed in it, or None."""
        try:
            if os.path.realpath(self.path) != str(self.path):
                return "its folder is now a symbolic link"
            status = self.path.stat()
        except OSError:
            return "its folder cannot be read"
        if not stat.S_ISDIR(status.st_mode):
            return "its folder is no folder"
        # Root may write everywhere; a folder that nobody may write to was meant to stay as it is.
        if not status.st_mode & ANY_WRITE or not os.access(self.path, os.W_OK | os.X_OK):
            return "its folder is not writable"
        return None

    @cached_property
    def keeps_owners(self) -> bool:
        """Whether a user may replace only files of his own in it (the sticky bit, as on /tmp)."""
        status = self.path.stat()
        return bool(status.st_mode & stat.S_ISVTX) and os.geteuid() not in (0, status.st_uid)


def refuse_impossible(root: Path, targets: Sequence[Target]) -> None:
    """Check that every target is still what was read, and that it can be replaced.

    Raises:
        RefusedError: some are not; every one of them is named.
        ValueError: a path is not inside the repository, or is given twice (a bug of the caller).
    """
    if len({target.path for target in targets}) != len(targets):
        raise ValueError("one file is to be written twice")
    if not all(is_inside(target.path) for target in targets):
        raise ValueError("a target does not lie inside the repository")
    refusals = list(_refusals(root, targets))
    if refusals:
        raise RefusedError(refusals)


def _refusals(root: Path, targets: Sequence[Target]) -> Iterator[Refusal]:
    folders: dict[str, Folder] = {}
    for target in targets:
        parent = target.path.rpartition("/")[0]
        if parent not in folders:
            path = root / parent
            folders[parent] = Folder(path if target.version is not None else existing_folder(path))
        folder = folders[parent]
        reason = folder.refusal or _refusal(f"{root}/{target.path}", target.version, folder)
        if reason is not None:
            yield Refusal(target.path, reason)


def existing_folder(folder: Path) -> Path:
    """The folder itself, or the nearest above it that exists."""
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder


def _refusal(absolute: str, version: Version | None, folder: Folder) -> str | None:
    if version is None:
        return "exists already" if os.path.lexists(absolute) else None
    try:
        if not is_unchanged(absolute, version):
            return "changed since it was read"
    except FileNotFoundError:
        return "vanished since it was read"
    except (OSError, FailedError):
        return "cannot be read any more"
    # A file without any write bit is told to root as well, who could write it all the same.
    if not version.identity.mode & ANY_WRITE or not os.access(absolute, os.W_OK):
        return "is read-only"
    if folder.keeps_owners and version.identity.uid != os.geteuid():
        return "belongs to another user, in a folder where only he may replace it"
    return None
