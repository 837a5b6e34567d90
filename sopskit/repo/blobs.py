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

#: The hint where a content is not in this clone.
PARTIAL_CLONE = "a partial clone has only some contents: `git fetch --refetch --no-filter` gets the rest"


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
        asked = self._conversation()
        try:
            header = asked.ask(blob.encode("ascii")).split()
        except FailedError:  # it ends at an object that is damaged, or that it would have to fetch
            self._stack.close()
            self._git = None
            raise _missing() from None
        if len(header) != 3:
            raise _missing()
        size = int(header[2])
        if size > limit or header[1] != b"blob":
            _skip(asked, size + 1)
            raise FailedError(f"is larger than {limit >> 20} MiB" if size > limit else "is no file")
        return asked.read(size + 1)[:-1]

    def _conversation(self) -> Conversation:
        if self._git is None:
            self._git = self._stack.enter_context(git.conversation(self._root, "cat-file", "--batch"))
        return self._git


def _missing() -> FailedError:
    return FailedError(
        "is not in this clone, or damaged",
        hint=PARTIAL_CLONE,
    )


def _skip(answer: Conversation, size: int) -> None:
    while size:
        size -= len(answer.read(min(size, 1 << 20)))
