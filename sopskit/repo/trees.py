"""A tree of files that can be read: the work tree, the index, or a commit."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sopskit.errors import ConfigurationError, FailedError, UsageError
from sopskit.repo import git
from sopskit.repo.blobs import Blobs
from sopskit.repo.names import is_temporary
from sopskit.repo.records import records
from sopskit.repo.snapshot import FileSnapshot, Identity, now_ns
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sopskit.repo.discovery import Repository

_LINK = 0o120000
_FILES = (0o100644, 0o100755, 0o100664, _LINK)  # 100664: written by very old versions of git
_MAX_LINKS = 40
_MOST_FILES = 1_000_000  # of a commit: a few small objects can stand for billions


class Tree(Protocol):
    """What a repository holds at one moment. Paths are relative to its root, with `/`."""

    @property
    def root(self) -> Path:
        """The top folder of the repository, absolute."""

    def files(self) -> list[str]:
        """The files there are, sorted; see `Repository.files`."""

    def has(self, path: str) -> bool:
        """Whether something stands there, were it a link that leads nowhere."""

    def read(self, path: str) -> FileSnapshot:
        """Read one file; see `Repository.read`."""

    def relative(self, absolute: Path) -> str:
        """The path of a file relative to the root; see `Repository.relative`."""


class Entry(NamedTuple):
    """A file in git: its mode, and the id of its content."""

    mode: int
    blob: str


class GitTree:
    """The index or a commit.

    Args:
        repository: where it is.
        entries: what it holds, by path; submodules left out.
        blobs: reads contents.
    """

    def __init__(self, repository: Repository, entries: Mapping[str, Entry], blobs: Blobs) -> None:
        self._repository = repository
        self.entries = entries
        self._blobs = blobs
        self._folders: set[str] | None = None

    @property
    def root(self) -> Path:
        """See `Tree`."""
        return self._repository.root

    def relative(self, absolute: Path) -> str:
        """See `Tree`."""
        return self._repository.relative(absolute)

    def files(self) -> list[str]:
        """See `Tree`."""
        return sorted(path for path, entry in self.entries.items() if self._is_file(path, entry))

    def has(self, path: str) -> bool:
        """See `Tree`."""
        return path in self.entries or path in self._all_folders()

    def read(self, path: str) -> FileSnapshot:
        """See `Tree`; links are followed inside the tree."""
        read_ns = now_ns()
        resolved = self._resolve(path)
        entry = self.entries.get(resolved)
        if entry is None:
            raise FailedError("there is no such file", path=shown(path))
        try:
            content = self._blobs.read(entry.blob)
        except FailedError as error:
            raise error.at(shown(path)) from None
        identity = Identity(0, 0, len(content), 0, 0, entry.mode & 0o777, 0, 0)
        return FileSnapshot(path, resolved, content, identity, read_ns)

    def _resolve(self, path: str) -> str:
        """The path behind symbolic links, also those that stand in the place of a folder."""
        for _ in range(_MAX_LINKS):
            place = ""
            for part in path.split("/"):
                place = f"{place}/{part}" if place else part
                entry = self.entries.get(place)
                if entry is not None and entry.mode == _LINK:
                    break
            else:
                return path
            target = os.fsdecode(self._blobs.read(entry.blob, limit=1 << 16))
            rest = path[len(place) :]
            path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target) + rest)
            if path.startswith(("/", "../")) or path == "..":
                raise ConfigurationError(
                    "leads out of the repository",
                    hint="only files inside the repository are read",
                    path=shown(place),
                )
        raise FailedError("the links go round in a circle", path=shown(path))

    def _is_file(self, path: str, entry: Entry) -> bool:
        if is_temporary(path):
            return False
        if entry.mode != _LINK:
            return True
        try:
            return self._resolve(path) not in self._all_folders()
        except (ConfigurationError, FailedError):
            return True  # as in a work tree: reading it gives the error

    def _all_folders(self) -> set[str]:
        if self._folders is None:
            self._folders = {""}
            for path in self.entries:
                folder = posixpath.dirname(path)
                while folder not in self._folders:
                    self._folders.add(folder)
                    folder = posixpath.dirname(folder)
        return self._folders


def index_tree(repository: Repository) -> GitTree:
    """What is staged. Of a file with conflicts it is our side, or theirs where we have deleted it.

    Raises:
        ConfigurationError: it is no git repository.
        FailedError: git failed.
    """
    require_git(repository)
    lines = git.read(repository.root, "ls-files", "-z", "--stage", what="list the staged files")
    entries: dict[str, Entry] = {}
    for path, (mode, blob, _stage) in _records([lines]):  # sorted by path, then stage: 0, or 1, 2, 3
        if path not in entries or _stage == "2":
            entries[path] = Entry(int(mode, 8), blob)
    return GitTree(repository, _files_in(entries), Blobs(repository.root))


def staged_paths(repository: Repository) -> set[str]:
    """The paths whose staged content differs from that of the last commit, those that are deleted left out.

    Raises:
        ConfigurationError: it is no git repository.
        FailedError: git failed.
    """
    require_git(repository)
    what = "list what is staged"
    try:
        head = git.commit_id(repository.root, "HEAD")
    except UsageError:  # no commit yet
        names = git.read(repository.root, "ls-files", "-z", "--cached", what=what)
    else:
        options = ("--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z")
        names = git.read(repository.root, "diff-index", *options, head, "--", what=what)
    return {os.fsdecode(name) for name in names.split(b"\0") if name}


def commit_tree(repository: Repository, revision: str, blobs: Blobs | None = None) -> GitTree:
    """The tree of a commit.

    Args:
        repository: where it is.
        revision: `HEAD~3`, a branch, a commit's id.
        blobs: reads contents; None for one of its own.

    Raises:
        ConfigurationError: it is no git repository.
        UsageError: there is no such commit.
        FailedError: git failed, or there are more than a million files.
    """
    require_git(repository)
    commit = git.commit_id(repository.root, revision)
    options = ("-r", "-z", "--full-tree")
    lines = git.stream(repository.root, "ls-tree", *options, commit, what="list the files of a commit")
    entries: dict[str, Entry] = {}
    for path, (mode, _kind, blob) in _records(lines):
        entries[path] = Entry(int(mode, 8), blob)
        if len(entries) > _MOST_FILES:
            raise FailedError(f"the commit {commit[:12]} has more than {_MOST_FILES:,} files")
    return GitTree(repository, _files_in(entries), blobs or Blobs(repository.root))


def _records(pieces: Iterable[bytes]) -> Iterator[tuple[str, tuple[str, str, str]]]:
    r"""Lines of git as (path, the three words before it); each ends with NUL and has one tab."""
    for line in records(pieces, b"\0"):
        words, _, path = line.partition(b"\t")
        first, second, third = words.decode("ascii").split(" ")
        yield os.fsdecode(path), (first, second, third)


def _files_in(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    return {path: entry for path, entry in entries.items() if entry.mode in _FILES}


def require_git(repository: Repository) -> None:
    """Refuse a plain folder.

    Raises:
        ConfigurationError: it is no git repository.
    """
    if not repository.in_git:
        raise ConfigurationError("is no git repository", path=shown(str(repository.root)))
