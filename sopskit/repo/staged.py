"""What git is asked for what is staged, and what it answers.

Imports nothing: a hook that finds nothing waits for this.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Iterator

#: The files whose staged content differs from that of the last commit; before the first it fails.
QUESTION = (
    "diff-index",
    "--cached",
    "--raw",
    "-z",
    "--no-renames",
    "--no-relative",
    "--no-abbrev",
    "--diff-filter=d",
    "--ignore-submodules",
    "HEAD",
    "--",
)

_KIND = 0o170000
_REGULAR = 0o100000
_UNMERGED = b"U"


def is_regular(mode: bytes) -> bool:
    """Whether a mode, in octal, is that of a file: no link, no submodule."""
    return int(mode, 8) & _KIND == _REGULAR


def answers(output: bytes) -> Iterator[tuple[bytes, str]]:
    """Paths, and the ids of their contents; those of links and submodules are left out.

    The id is "" where there is a conflict, and so several contents.

    Args:
        output: `:OLD_MODE MODE OLD_ID ID STATUS` and a path, again and again (gitformat-diff, "Raw output
            format").
    """
    fields = output.split(b"\0")
    for words, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, status = words.split(b" ")
        if status == _UNMERGED:
            yield path, ""
        elif is_regular(mode):
            yield path, blob.decode("ascii")
