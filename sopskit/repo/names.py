"""Names of files: those of our temporary files, and those that a command may write."""

from __future__ import annotations

import hashlib
import os
import re

#: What holds our lock and journal outside git.
STATE_FOLDER = ".sopskit"

#: Folders that no file is read from and none is written to, on whatever level.
CLOSED_FOLDERS = frozenset({".git", STATE_FOLDER})

#: The longest file name of ext4, XFS, Btrfs, APFS and most others, in bytes.
_NAME_MAX = 255

_TEMPORARY = re.compile(r"\..*\.sopskit-[0-9a-f]{16}", re.DOTALL)


def temporary(path: str, transaction: str) -> str:
    """The temporary file for a target: beside it, hidden, and named after the transaction.

    Args:
        path: the target, with `/`.
        transaction: 16 lowercase hex digits.

    Returns:
        The path of the temporary file; its name is at most 255 bytes and differs for every target.
    """
    folder, slash, name = path.rpartition("/")
    ending = f".sopskit-{transaction}"
    if len(os.fsencode(name)) + 1 + len(ending) > _NAME_MAX:
        name = _shortened(os.fsencode(name))
    return f"{folder}{slash}.{name}{ending}"


def _shortened(name: bytes) -> str:
    digest = hashlib.sha256(name).hexdigest()[:16]
    return f"{name[:180].decode('utf-8', 'ignore')}-{digest}"


def is_temporary(path: str) -> bool:
    """Whether the file is one that `temporary` names, of whatever transaction."""
    return _TEMPORARY.fullmatch(path.rpartition("/")[2]) is not None


def is_inside(path: str) -> bool:
    """Whether a path relative to the root, taken literally, is that of a file a command may write."""
    parts = path.split("/")
    return "\0" not in path and CLOSED_FOLDERS.isdisjoint(parts) and {"", ".", ".."}.isdisjoint(parts)
