"""The history as it was put together last: as good as new while no ref of git has moved.

It is kept for the commits alone. Of a work tree nothing is written down, so that it serves while the work
tree adds nothing to what is told of secret files.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from itertools import starmap
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory import history_columns
from sopskit.inventory.history import ClearVersion, ClearVersions, committed_in_clear
from sopskit.repo import git_history
from sopskit.repo.remembered import Remembered, recall

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.history import FactsOf, History
    from sopskit.repo.discovery import Repository

FILE_NAME = "sopskit.refs"

_CLEAR = b"clear"


class Kept(NamedTuple):
    """What is kept of a state of the refs.

    Attributes:
        file: where.
        tips: the commits that HEAD and all refs are at.
    """

    file: Remembered
    tips: bytes

    def history(self, salt: bytes, facts_of: FactsOf, now: int) -> History | None:
        """The history of the commits, and a work tree that adds nothing; None where it is not kept.

        Args:
            salt: of the facts that `facts_of` gives.
            facts_of: what is known of a content.
            now: the time of the work tree, in seconds since 1970.
        """
        content = self.file.entries.get(self._key(salt))
        return None if content is None else history_columns.decode(content, facts_of, now)

    def clear_versions(self) -> ClearVersions | None:
        """What `committed_in_clear` gave; None where it is not kept."""
        content = self.file.entries.get(self._key(_CLEAR))
        if content is None:
            return None
        try:
            paths, found = json.loads(content)
            versions = {path: tuple(starmap(ClearVersion, each)) for path, each in found.items()}
            return ClearVersions(frozenset(paths), versions)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, salt: bytes, history: History, configs: Sequence[tuple[str, str]]) -> None:
        """Keep a history, in the place of another; see `history_columns.encode`."""
        clear = committed_in_clear(history)
        self.file.replace(
            {
                self._key(salt): history_columns.encode(history, configs),
                self._key(_CLEAR): json.dumps([sorted(clear.paths), clear.found]).encode(),
            }
        )

    def _key(self, what: bytes) -> bytes:
        return blake2b(self.tips, digest_size=16, key=what).digest()


def kept(repository: Repository) -> Kept:
    """What is kept of the refs as they are; of a shallow clone there is nothing.

    Raises:
        FailedError: git failed.
    """
    file = recall(repository.state_dir, FILE_NAME, history_columns.VERSION)
    return Kept(file, git_history.tips(repository))
