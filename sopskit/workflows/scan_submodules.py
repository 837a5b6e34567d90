"""Submodules: repositories whose commit is an entry of the index. They are entered on request alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, SopskitError
from sopskit.findings import Unread
from sopskit.output.amounts import count
from sopskit.repo import git
from sopskit.scanner.sources.tree import below

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sopskit.repo.discovery import Repository

#: A repository with more has them from somebody who wants to be waited for.
_MOST = 1000

#: The mode of an entry that is a commit (git's object.h, `S_IFGITLINK`).
_GITLINK = b"160000 "

_ELSEWHERE = "is a submodule whose repository is elsewhere"


class Entered(NamedTuple):
    """What submodules hold.

    Attributes:
        paths: their files, relative to the repository.
        unread: those that could not be entered, and why.
        missing: how many are not checked out.
    """

    paths: list[str]
    unread: list[Unread]
    missing: int


def submodules_of(root: Path) -> list[str]:
    """The paths of submodules in the index, checked out or not.

    Raises:
        FailedError: git failed.
    """
    lines = git.read(root, "ls-files", "-z", "--stage", what="list its submodules").split(b"\0")
    found = {os.fsdecode(line.partition(b"\t")[2]) for line in lines if line.startswith(_GITLINK)}
    return sorted(found)


def not_read(number: int) -> tuple[str, ...]:
    """A word on submodules that were not entered."""
    return (
        (f"{count(number, 'submodule')} not read; --submodules reads what is checked out",) if number else ()
    )


def entered(repository: Repository, names: Sequence[str] = (".",)) -> Entered:
    """The files of submodules that git does not ignore there, and of theirs.

    Args:
        repository: in git.
        names: only those at or below these paths.

    Raises:
        FailedError: git failed in the repository itself.
    """
    found = Entered([], [], 0)
    waiting = [path for path in submodules_of(repository.root) if any(below([path], top) for top in names)]
    missing = number = 0
    while waiting:
        path = waiting.pop(0)
        number += 1
        if number > _MOST:
            found.unread.append(Unread(path, f"is the {_MOST + 1}th submodule"))
            break
        if not os.path.lexists(repository.root / path / ".git"):
            missing += 1
            continue
        try:
            files, inner = _files_of(repository, path)
        except SopskitError as error:
            found.unread.append(Unread(path, error.message))
            continue
        found.paths.extend(files)
        waiting += inner
    return found._replace(missing=missing)


def _files_of(repository: Repository, path: str) -> tuple[Iterator[str], list[str]]:
    """The files of a submodule, and its own submodules.

    Raises:
        SopskitError: it is none, it leads out of the repository, or git refuses it.
    """
    root = repository.root / path
    if os.path.realpath(root) != str(root) or git.toplevel(root) != root:
        raise FailedError(_ELSEWHERE)
    state_dir = git.git_dir(root).resolve()
    if not any(state_dir.is_relative_to(each) for each in (repository.root, repository.state_dir)):
        raise FailedError(_ELSEWHERE)
    inner = submodules_of(root)
    listed = set(git.list_files(root)) - set(inner)
    return (f"{path}/{name}" for name in listed), [f"{path}/{name}" for name in inner]
