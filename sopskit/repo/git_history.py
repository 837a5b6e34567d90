"""What every commit of a repository has changed, from one `git log`."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, UsageError
from sopskit.repo import git
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from sopskit.repo.discovery import Repository

_BLOB = re.compile(rb"([0-9a-f]{40,64}) blob [0-9]+")  # what `missing` stands behind may look like anything
_LATEST = 253_402_300_799  # the last second of the year 9999
_MARK = "\x01"  # begins a commit; a path that begins so is read behind its change, and not taken for one

#: Every branch and tag, remote ones too, the stash, and the HEAD of every worktree.
ALL = ("--all",)

#: Of `git log`, what changes; what configuration could say otherwise is said here.
RAW_CHANGES = (
    "--topo-order",
    "--reverse",
    "--root",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--diff-merges=first-parent",
    "--ignore-submodules=none",
    "--no-show-signature",
    "--no-notes",
    "--no-color",
    "--encoding=UTF-8",  # whatever i18n.logOutputEncoding says
    "--no-relative",
    "-O/dev/null",
)
_FORMAT = "--format=tformat:%x01%H %ct %P"


class Change(NamedTuple):
    """A path that a commit has changed, held against its first parent.

    Attributes:
        path: relative to the root, with `/`; bytes that are no text as surrogates (`os.fsdecode`).
        mode: of the file now; 0 where it was removed. 0o160000 is a submodule, 0o120000 a link.
        blob: id of its content now; "" where it was removed.
        before: id of its content in the first parent; "" where it was not there.
        old_mode: as `mode`, in the first parent.
    """

    path: str
    mode: int
    blob: str
    before: str
    old_mode: int


class Commit(NamedTuple):
    """A commit, and what it has changed.

    A merge shows all that it brings into its first parent: what it changes itself is there for the first
    time in the history (`first_changes`), the rest was in a commit before.

    Attributes:
        id: its id.
        time: when it was committed, in seconds since 1970; 0 where it does not say, or nothing sensible.
        parents: ids; those that a shallow clone lacks are left out.
        changes: in the order of the paths; renames are a removal and an addition.
    """

    id: str
    time: int
    parents: tuple[str, ...]
    changes: tuple[Change, ...]


def read_commits(
    repository: Repository, revisions: Sequence[str] = ALL, contents: Collection[str] = ()
) -> Iterator[Commit]:
    """The commits of all refs and of HEAD, parents before their children; none where there is no commit yet.

    Args:
        repository: in git.
        revisions: ids of commits, `^` and an id, or options of `git rev-list` that stand for commits.
        contents: ids of blobs; only commits that add or remove one of them, and only such changes. Much
            faster than to read all; more than a few hundred do not fit on a command line.

    Raises:
        FailedError: git failed: a damaged repository, or a partial clone without trees.
    """
    options = (*RAW_CHANGES, _FORMAT, *(f"--find-object={each}" for each in contents), *revisions, "--")
    output = git.stream(repository.root, "log", *options, what="read the history")
    yield from _commits(output, repository.root)


def first_changes(commits: Iterable[Commit]) -> Iterator[tuple[Commit, tuple[Change, ...]]]:
    """Each commit with those of its changes that give a path a content it never had before."""
    seen: set[tuple[str, str]] = set()
    for commit in commits:
        new = tuple(each for each in commit.changes if each.blob and (each.path, each.blob) not in seen)
        seen.update((each.path, each.blob) for each in new)
        yield commit, new


def blobs_at(repository: Repository, places: Iterable[tuple[str, str]]) -> Iterator[str]:
    """The id of the file at each place, a commit's id and a path; "" where there is none.

    Raises:
        FailedError: git failed.
    """
    with git.conversation(repository.root, "cat-file", "--batch-check") as conversation:
        for commit, path in places:
            if "\n" in path or path.startswith("../"):  # the question is a line; git ends at the other
                yield ""
                continue
            found = _BLOB.fullmatch(conversation.ask(f"{commit}:".encode() + os.fsencode(path)))
            yield found[1].decode("ascii") if found else ""


def objects_here(repository: Repository) -> set[str] | None:
    """The ids of all objects of a partial clone (`git clone --filter`); None in a clone that has them all.

    Raises:
        FailedError: git failed.
    """
    names = git.read(repository.root, "config", "--list", "--name-only", what="read its configuration")
    if not any(name == b"extensions.partialclone" or name.endswith(b".promisor") for name in names.split()):
        return None
    options = ("--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    listed = git.read(repository.root, "cat-file", *options, what="list its objects")
    return set(listed.decode("ascii").split())


def tips(repository: Repository) -> bytes:
    """The ids of the commits that HEAD and all refs are at, one a line, that of HEAD first, the rest sorted.

    Raises:
        FailedError: git failed.
    """
    listed = git.read(repository.root, "rev-list", "--no-walk=unsorted", "--all", what="list its refs")
    try:
        head = git.commit_id(repository.root, "HEAD")
    except UsageError:  # no commit yet
        head = ""
    return b"\n".join([head.encode(), *sorted(listed.split())])


def is_shallow(repository: Repository) -> bool:
    """Whether this clone lacks older commits (`git clone --depth`).

    Raises:
        FailedError: git failed.
    """
    answer = git.read(
        repository.root, "rev-parse", "--is-shallow-repository", what="say whether the clone is shallow"
    )
    return answer.strip() == b"true"


def _commits(pieces: Iterable[bytes], root: Path) -> Iterator[Commit]:
    header: list[str] | None = None
    changes: list[Change] = []
    line: list[str] | None = None  # of a change, whose path comes next
    rest = b""
    for piece in pieces:
        *fields, rest = (rest + piece).split(b"\0")
        for field in fields:
            if line is not None:
                changes.append(_change(line, field, root))
                line = None
                continue
            text = field.removeprefix(b"\n").decode("ascii", "replace")
            if text.startswith(":") and header is not None:
                line = text.split(" ")
            elif text.startswith(_MARK):
                if header is not None:
                    yield _commit(header, changes)
                header, changes = text[1:].split(" "), []
            else:
                raise _not_understood(root)
    if rest or line is not None:
        raise _not_understood(root)
    if header is not None:
        yield _commit(header, changes)


def _commit(header: list[str], changes: list[Change]) -> Commit:
    identity, time, *parents = header
    return Commit(identity, _seconds(time), tuple(filter(None, parents)), tuple(changes))


def _seconds(time: str) -> int:
    """The time of a commit, which anyone can write by hand; git gives "" where it is no number."""
    seconds = int(time) if time.isdecimal() and len(time) <= len(str(_LATEST)) else 0
    return seconds if seconds <= _LATEST else 0


def _change(words: list[str], path: bytes, root: Path) -> Change:
    """One line of `--raw`, as words: `:100644 100644 OLD NEW M`, and the path behind it."""
    if len(words) != 5:
        raise _not_understood(root)
    old_mode, mode = int(words[0][1:], 8), int(words[1], 8)
    blob, before = words[3] if mode else "", words[2] if old_mode else ""
    return Change(os.fsdecode(path), mode, blob, before, old_mode)


def _not_understood(root: Path) -> FailedError:
    return FailedError(
        "git printed a history that is not understood",
        hint="git 2.31 or newer is needed",
        path=shown(str(root)),
    )
