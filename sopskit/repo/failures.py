"""Turning the system's errors into ours: which file, what went wrong, what to do."""

from __future__ import annotations

import errno

from sopskit.errors import FailedError
from sopskit.text.shown import shown

#: A full disk, a quota, and the largest file that the file system or the user's limit allows.
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def read_failed(error: OSError, path: str) -> FailedError:
    """The error for a file that could not be read."""
    if error.errno == errno.ENOENT:
        return FailedError("there is no such file", path=shown(path))
    return FailedError(f"cannot be read: {_reason(error)}", path=shown(path))


def write_failed(error: OSError, path: str) -> FailedError:
    """The error for a file that could not be written."""
    if error.errno in _NO_SPACE:
        return FailedError(
            "there is no space left to write it",
            hint="nothing was changed; make room and run the command again",
            path=shown(path),
        )
    return FailedError(f"cannot be written: {_reason(error)}", path=shown(path))


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
