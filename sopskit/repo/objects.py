"""Which blobs there are: all of a clone, those of some commits, those that are staged."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, UsageError
from sopskit.repo import git, staged
from sopskit.repo.records import records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.repo.discovery import Repository


class Named(NamedTuple):
    """A content of git.

    Attributes:
        blob: its id.
        path: a path that it has, relative to the root, with `/`; "" where that was not asked.
    """

    blob: str
    path: str = ""


class Listing(NamedTuple):
    """Blobs that are asked for, each once.

    Attributes:
        here: those of this clone.
        missing: ids of those that a partial clone lacks.
    """

    here: list[Named]
    missing: list[str]


def blobs_of(repository: Repository, revisions: Sequence[str]) -> Listing:
    """The blobs that commits have and those that are left out do not, merges included.

    Args:
        repository: in git.
        revisions: ids of commits, `^` and an id, or options of `git rev-list` that stand for commits.

    Raises:
        FailedError: git failed.
    """
    # Without --filter-provided-objects the commits would be listed too.
    options = ("--objects", "--filter=object:type=blob", "--filter-provided-objects", "--missing=print")
    pieces = git.stream(
        repository.root,
        "--no-replace-objects",
        "rev-list",
        *options,
        *revisions,
        "--",
        what="list its objects",
    )
    here: list[Named] = []
    missing: list[str] = []
    for line in records(pieces, b"\n"):
        if line.startswith(b"?"):
            missing.append(line[1:].decode("ascii"))
            continue
        blob, _, path = line.partition(b" ")
        here.append(Named(blob.decode("ascii"), os.fsdecode(path)))
    return Listing(here, missing)


def staged_blobs(repository: Repository) -> list[Named]:
    """The staged files whose content differs from that of the last commit; of a conflict all sides.

    Links and submodules are left out.

    Raises:
        FailedError: git failed.
    """
    what = "list what is staged"
    try:
        output = git.read(repository.root, *staged.QUESTION, what=what)
    except FailedError:
        if _has_commit(repository):
            raise
        return list(_entries(git.read(repository.root, "ls-files", "-z", "--stage", what=what)))
    found: list[Named] = []
    for path, blob in staged.answers(output):
        if blob:
            found.append(Named(blob, os.fsdecode(path)))
        else:
            place = f":(top,literal){os.fsdecode(path)}"
            sides = git.read(repository.root, "ls-files", "-z", "--unmerged", "--", place, what=what)
            found += _entries(sides)
    return found


def _entries(output: bytes) -> Iterator[Named]:
    """What `ls-files --stage -z` prints: mode, blob, stage, a tab, and the path."""
    for record in filter(None, output.split(b"\0")):
        words, _, path = record.partition(b"\t")
        mode, blob, _ = words.split(b" ")
        if staged.is_regular(mode):
            yield Named(blob.decode("ascii"), os.fsdecode(path))


def _has_commit(repository: Repository) -> bool:
    try:
        git.commit_id(repository.root, "HEAD")
    except UsageError:
        return False
    return True
