"""One writer at a time: a lock on the repository that the kernel releases when its holder ends."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING, Self

from sopskit.errors import FailedError
from sopskit.repo.failures import write_failed
from sopskit.repo.names import STATE_FOLDER
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.repo.discovery import Repository

_LOCK_FILE = "sopskit.lock"

#: Descriptors of locks that this process holds.
_held: set[int] = set()


def _leave_to_parent() -> None:
    """A forked worker must not keep the lock alive when its parent was killed."""
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_leave_to_parent)


class RepositoryLock:
    """Held within a `with` block.

    Args:
        repository: what is locked.

    Raises:
        FailedError: another process holds it (the message gives its number), or it cannot be made.
    """

    def __init__(self, repository: Repository) -> None:
        self._folder = repository.state_dir
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        path = self._folder / _LOCK_FILE
        try:
            _make_state_folder(self._folder)
            descriptor = _open(path)
        except OSError as error:
            raise write_failed(error, str(path)) from None
        try:
            _take(descriptor, path)
        except BaseException:
            os.close(descriptor)
            raise
        _held.add(descriptor)
        self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor in _held:  # not in a forked child, which has closed its copy
            _held.discard(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)  # closing is not enough while a new child has its copy
            os.close(descriptor)


def _make_state_folder(folder: Path) -> None:
    if folder.name == STATE_FOLDER:
        folder.mkdir(exist_ok=True)
        if not stat.S_ISDIR(folder.lstat().st_mode):
            raise FailedError("is a symbolic link, where a folder is expected", path=shown(str(folder)))


def _open(path: Path) -> int:
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:  # made by another user (by root, say); a reader can lock it as well
        return os.open(path, flags | os.O_RDONLY)


def _take(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held_by_another(descriptor) from None
    except OSError as error:  # some network file systems have no locks
        raise write_failed(error, str(path)) from None
    _sign(descriptor)


def _sign(descriptor: int) -> None:
    """Leave our process number for the message of whoever finds the lock taken."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    except OSError:  # a full disk, or a lock that we may only read: the number is a courtesy
        return


def _held_by_another(descriptor: int) -> FailedError:
    number = os.pread(descriptor, 20, 0).strip()
    who = f" (process {int(number)})" if number.isdigit() else ""
    return FailedError(
        f"another sopskit{who} is changing this repository", hint="run the command again when it has ended"
    )
