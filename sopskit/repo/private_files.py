"""Writing a private key for its owner: outside of the repository, and never over another file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Write a new file of mode 0600; a file that could not be written whole is taken away again.

    Raises:
        FailedError: the file exists, or cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o600)
    except OSError as error:
        raise FailedError(f"cannot be written: {error.strerror}", path=str(path)) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FailedError(f"cannot be written: {error.strerror}", path=str(path)) from None
