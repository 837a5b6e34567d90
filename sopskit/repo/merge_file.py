"""Merging three texts line by line, with git's own merge."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sopskit import process
from sopskit.errors import FailedError

#: Longer than any marker that a text will hold, so that ours are told from those.
MARKER_SIZE = 61
_TIMEOUT = 60.0


def merge_lines(ours: bytes, base: bytes, theirs: bytes) -> bytes:
    """The merge with conflict markers of `MARKER_SIZE` characters, in the style `diff3`.

    Args:
        ours: encrypted, like the others: they are written to a temporary folder.
        base: the common ancestor.
        theirs: the other side.

    Raises:
        ToolMissingError: git is not installed.
        FailedError: git could not merge them.
    """
    with tempfile.TemporaryDirectory(prefix="sopskit-") as folder:
        names = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for name, content in zip(names, (ours, base, theirs), strict=True):
            name.write_bytes(content)
        argv = ["git", "merge-file", "-p", "--diff3", f"--marker-size={MARKER_SIZE}", *map(str, names)]
        done = process.run(argv, cwd=folder, timeout=_TIMEOUT)
    if not 0 <= done.returncode < 128:
        raise FailedError("git could not merge the lines of the file")
    return done.stdout
