"""Every content of a history, the paths that it had, and the commit that brought it first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo import git
from sopskit.repo.git_history import ALL, RAW_CHANGES
from sopskit.repo.objects import Named
from sopskit.repo.records import records
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.repo.discovery import Repository

_FORMAT = "--format=tformat:%x01%H"
_MARK = b"\x01"  # begins a commit
_REGULAR = b"100"  # begins the mode of a file that is no link and no submodule


class Origin(NamedTuple):
    """Where a content came from, for one of its paths.

    Attributes:
        commit: id of the first commit that has it there.
        order: of the commit; parents come before children.
    """

    commit: str
    order: int


class HistoryContents(NamedTuple):
    """The contents of some commits.

    Attributes:
        commits: ids, parents before their children.
        first: for each content and path, as `blob path` in bytes, the place of the first commit in `commits`.
    """

    commits: list[str]
    first: dict[bytes, int]

    def named(self) -> list[Named]:
        """The contents, one for each path."""
        return [Named(blob.decode("ascii"), os.fsdecode(path)) for blob, path in map(_split, self.first)]

    def origins(self, blobs: Iterable[str], start: int = 0) -> dict[Named, Origin]:
        """Where some contents came from, for each path that they have.

        Args:
            blobs: ids.
            start: the order of the first commit.
        """
        wanted = {blob.encode("ascii") for blob in blobs}
        found = {}
        for key, place in self.first.items() if wanted else ():
            blob, path = _split(key)
            if blob in wanted:
                origin = Origin(self.commits[place], start + place)
                found[Named(blob.decode("ascii"), os.fsdecode(path))] = origin
        return found


def contents_of(repository: Repository, revisions: Sequence[str] = ALL) -> HistoryContents:
    """What commits bring into their first parents: all that they have, where those are among them too.

    Links and submodules are left out.

    Args:
        repository: in git.
        revisions: ids of commits, `^` and an id, or options of `git rev-list` that stand for commits.

    Raises:
        FailedError: git failed: a damaged repository, or a partial clone without trees.
    """
    commits: list[str] = []
    first: dict[bytes, int] = {}
    fields = records(
        git.stream(repository.root, "log", *RAW_CHANGES, _FORMAT, *revisions, "--", what="read the history"),
        b"\0",
    )
    for field in fields:
        change = field.rpartition(b"\n")[2]
        if change[:1] == b":":
            path = next(fields, None)
            words = change.split(b" ")
            if path is None or len(words) != 5:
                raise _not_understood(repository)
            if words[1].startswith(_REGULAR):
                first.setdefault(words[3] + b" " + path, len(commits) - 1)
        elif change[:1] == _MARK:
            commits.append(change[1:].decode("ascii"))
        elif change:
            raise _not_understood(repository)
    return HistoryContents(commits, first)


def in_pack_order(repository: Repository, contents: Iterable[Named]) -> list[Named]:
    """Contents in the order in which git reads them fastest, that of its packs.

    Raises:
        FailedError: git failed.
    """
    options = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    pieces = git.stream(repository.root, "cat-file", *options, what="list its objects")
    listed = b"".join(pieces).decode("ascii").split("\n")
    places = {blob: place for place, blob in enumerate(listed)}
    return sorted(contents, key=lambda each: places.get(each.blob, -1))


def _split(key: bytes) -> tuple[bytes, bytes]:
    blob, _, path = key.partition(b" ")
    return blob, path


def _not_understood(repository: Repository) -> FailedError:
    hint = "git 2.31 or newer is needed"
    return FailedError(
        "git printed a history that is not understood", hint=hint, path=shown(str(repository.root))
    )
