"""Writing, and making files survive a power failure, many at once.

One `syncfs` for each file system costs as much as a few `fsync`; for a handful of files those are
better, since `syncfs` also waits for whatever other programs have written.
"""

from __future__ import annotations

import errno
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

_FEW = 8


def make_durable(files: Collection[str], folders: Collection[Path]) -> None:
    """Return when the bytes of the files and the names in the folders are on the disk.

    Args:
        files: regular files.
        folders: the folders whose names changed, those of `files` among them.

    Raises:
        OSError: the disk is full or failed; nothing is known then about what is on it.
    """
    if len(files) + len(folders) <= _FEW or not _sync_file_systems(folders):
        for path in (*files, *map(str, folders)):
            fsync_path(path)


def fsync_path(path: Path | str) -> None:
    """`fsync` for a file or a folder.

    Raises:
        OSError: see `make_durable`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_file_systems(folders: Collection[Path]) -> bool:
    """Whether one `syncfs` for each file system did it; a submount makes a repository span several."""
    one_of_each = {folder.stat().st_dev: folder for folder in folders}
    for folder in one_of_each.values():
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            if not syncfs(descriptor):
                return False
        finally:
            os.close(descriptor)
    return True


def syncfs(descriptor: int) -> bool:
    """Write out the file system that the descriptor is on; False where the system cannot (not Linux).

    Raises:
        OSError: the disk is full or failed. It is told once, so this must not be tried again another way.
    """
    function = _find_syncfs()
    if function is None:
        return False
    if function(descriptor) == 0:
        return True
    import ctypes

    code = ctypes.get_errno()
    if code == errno.ENOSYS:
        return False
    raise OSError(code, os.strerror(code))


@cache
def _find_syncfs() -> Callable[[int], int] | None:
    import ctypes

    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (AttributeError, OSError):
        return None
    function.argtypes = [ctypes.c_int]
    function.restype = ctypes.c_int
    return function


def write_all(descriptor: int, data: bytes) -> None:
    """`write` until all of it is written; it may take less at a time.

    Raises:
        OSError: as `write`.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
