"""Writing new contents beside their targets; this may happen in worker processes."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo.durability import write_all
from sopskit.repo.failures import write_failed
from sopskit.repo.names import temporary
from sopskit.repo.snapshot import ANY_WRITE
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from sopskit.repo.targets import Target

#: Permissions while a draft is being written. The finished one has a write bit, so one that a killed
#: worker left half written can be told.
_UNFINISHED = stat.S_IRUSR


class Draft(NamedTuple):
    """Where the new content of one target is written. It can be sent to another process.

    Attributes:
        target: the target's path relative to the root, for messages.
        temporary: absolute path of the temporary file.
        mode: permissions of the finished file.
        owner: user and group of the file that is replaced, None for a new file.
    """

    target: str
    temporary: str
    mode: int
    owner: tuple[int, int] | None


def draft(root: Path, target: Target, transaction: str) -> Draft:
    """The draft for a target: the same for the same transaction."""
    owner = None
    if target.version is not None:
        owner = (target.version.identity.uid, target.version.identity.gid)
    return Draft(target.path, f"{root}/{temporary(target.path, transaction)}", target.mode, owner)


def stage(draft: Draft, content: bytes) -> None:
    """Write a target's new content into its temporary file.

    The content is not made durable here; the transaction does that for all files at once.

    Raises:
        FailedError: it cannot be written, for example for want of space; no temporary file is left.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(draft.temporary, flags, _UNFINISHED)
    except OSError as error:
        raise write_failed(error, draft.target) from None
    try:
        _fill(descriptor, draft, content)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(draft.temporary).unlink()
        raise write_failed(error, draft.target) from None


def _fill(descriptor: int, draft: Draft, content: bytes) -> None:
    try:
        write_all(descriptor, content)
        if draft.owner is not None:
            _keep_owner(descriptor, *draft.owner)
        os.fchmod(descriptor, draft.mode)  # after fchown, which clears the set-id bits
    finally:
        os.close(descriptor)


def _keep_owner(descriptor: int, uid: int, gid: int) -> None:
    """Give the file to its old owner where we are root, and to its old group where we may."""
    status = os.fstat(descriptor)
    if (status.st_uid, status.st_gid) == (uid, gid):
        return
    if os.geteuid() == 0:
        os.fchown(descriptor, uid, gid)
    else:
        with contextlib.suppress(PermissionError):
            os.fchown(descriptor, -1, gid)


def is_staged(draft: Draft) -> bool:
    """Whether new content was written for the target.

    Raises:
        FailedError: it was not written to its end: its worker was killed.
    """
    try:
        mode = os.lstat(draft.temporary).st_mode
    except FileNotFoundError:
        return False
    if not mode & ANY_WRITE:
        raise FailedError("its new content was not written to the end", path=shown(draft.target))
    return True
