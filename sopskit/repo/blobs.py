"""Reading objects of git, one after another, from one `git cat-file --batch`."""

from __future__ import annotations

import weakref
from contextlib import ExitStack
from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.repo import git
from sopskit.repo.snapshot import SIZE_LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.process import Conversation

_MISSING_HINT = "a partial clone has only some contents; `git fetch --refetch --no-filter` gets the rest"


class Blobs:
    """The blobs of a repository; git is started with the first, and ends with this object.

    Contents are as they were committed: no filter and no textconv runs. Not for several processes at once.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._stack = ExitStack()
        self._git: Conversation | None = None
        weakref.finalize(self, self._stack.close)

    def read(self, blob: str, *, limit: int = SIZE_LIMIT) -> bytes:
        """The content of a blob.

        Args:
            blob: its id, in hexadecimal.
            limit: the largest size in bytes.

        Raises:
            FailedError: this clone does not have it, it is larger than `limit`, or git failed.
        """
        if self._git is None:
            self._git = self._stack.enter_context(git.conversation(self._root, "cat-file", "--batch"))
        header = self._git.ask(blob.encode("ascii")).split()
        if len(header) != 3 or header[1] != b"blob":
            raise FailedError("is not in this clone", hint=_MISSING_HINT)
        size = int(header[2])
        if size > limit:
            _skip(self._git, size + 1)
            raise FailedError(f"is larger than {limit >> 20} MiB")
        return self._git.read(size + 1)[:-1]


def _skip(answer: Conversation, size: int) -> None:
    while size:
        size -= len(answer.read(min(size, 1 << 20)))
