"""Writing a private key for its owner: outside of the repository, and never over another file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo.durability import fsync_path, write_all
from sopskit.repo.failures import write_failed

if TYPE_CHECKING:
    from pathlib import Path


class Written(NamedTuple):
    """A file that was written, and what tells it from another one of that name."""

    path: Path
    device: int
    inode: int
    changed_ns: int

    def discard(self) -> bool:
        """Remove the file, if it still is the one that was written, unchanged.

        Returns:
            Whether it was removed.

        Raises:
            FailedError: it cannot be removed.
        """
        try:
            if self != _written(self.path, os.lstat(self.path)):
                return False
            self.path.unlink()
            fsync_path(self.path.resolve().parent)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise FailedError(f"cannot be removed: {error.strerror}", path=str(self.path)) from None
        return True


def write_private(path: Path, content: bytes) -> Written:
    """Write a new file of mode 0600; one that could not be written whole, and durably, is taken away again.

    Returns:
        What can take the file away again later.

    Raises:
        FailedError: the file exists, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise write_failed(error, str(path)) from None
    try:
        try:
            write_all(descriptor, content)
            os.fsync(descriptor)
            written = _written(path, os.fstat(descriptor))
        finally:
            os.close(descriptor)
        fsync_path(path.resolve().parent)
    except BaseException as error:  # Ctrl-C as well
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise write_failed(error, str(path)) from None
        raise
    return written


def _written(path: Path, status: os.stat_result) -> Written:
    return Written(path, status.st_dev, status.st_ino, status.st_mtime_ns)
