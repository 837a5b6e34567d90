"""Reading the history: one pass over its commits, and over the contents that are not remembered yet."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sopskit.errors import FailedError, SopskitError, UsageError
from sopskit.inventory import history_facts
from sopskit.inventory.configs import is_config
from sopskit.inventory.history_facts import CONFIG, Encoded, Other
from sopskit.inventory.history_kept import kept
from sopskit.inventory.history_steps import Builder
from sopskit.repo import git_history, trees
from sopskit.repo.blobs import Blobs
from sopskit.repo.git_history import Change, Commit
from sopskit.repo.remembered import recall
from sopskit.sops.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from sopskit.inventory.history import ClearVersions, History
    from sopskit.inventory.history_facts import Known
    from sopskit.repo.discovery import Repository
    from sopskit.repo.remembered import Remembered

    Item = TypeVar("Item")
    Result = TypeVar("Result")
    #: `map` of one function over a list, perhaps in several processes.
    MapMany = Callable[[Callable[[Item], Result], Sequence[Item]], Iterable[Result]]

FILE_NAME = "sopskit.history"

_REGULAR = 0o100000
_WORK_TREE = ""  # the id of what is no commit
_KEEP_EVERY = 2_000  # contents, so that an interruption does not lose all


class Content(NamedTuple):
    """A content of git, and how it is read: as a format, or as a `.sops.yaml`."""

    blob: str
    kind: str

    @property
    def key(self) -> bytes:
        """What it is remembered under."""
        return f"{self.kind} {self.blob}".encode()


def read_history(
    repository: Repository,
    map_many: MapMany[Content, Encoded | None],
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> History:
    """Read the history of a repository up to its work tree.

    Args:
        repository: in git.
        map_many: does one thing to many contents; a generator that starts no work of its own is fine.
        report: called with (contents read, contents to read) for those that were not remembered.

    Raises:
        ConfigurationError: it is not in git.
        FailedError: git failed.
    """
    known = kept(repository)
    is_cut = git_history.is_shallow(repository)
    head = _head(repository)
    remembered = recall(repository.state_dir, FILE_NAME, history_facts.VERSION)
    facts = _Facts(remembered, _Reader(repository.root, remembered.salt))
    work_tree = _work_tree(repository, head, facts)
    history = None if is_cut else known.history(remembered.salt, facts, work_tree.time)
    if history is not None and _adds_nothing(work_tree, history, facts):
        return history
    commits = [*git_history.read_commits(repository), work_tree]
    _read_contents(repository, _missing(commits, remembered), remembered, map_many, report)
    files = {path: each.blob for path, each in head.items() if stat.S_IFMT(each.mode) == _REGULAR}
    builder = Builder(repository, commits, files, facts)
    history = builder.history(is_cut=is_cut)
    if not is_cut and not history.missing and _adds_nothing(work_tree, history, facts):
        known.keep(remembered.salt, history, builder.configs())
    return history


def remembered_clear_versions(repository: Repository) -> ClearVersions | None:
    """What `committed_in_clear` gave when the history was read last; None where a ref has moved since.

    Raises:
        FailedError: git failed.
    """
    return None if git_history.is_shallow(repository) else kept(repository).clear_versions()


def _adds_nothing(work_tree: Commit, history: History, facts: _Facts) -> bool:
    """Whether the history would be the same without the work tree: no file that differs ever was secret."""
    secret = {version.path for version in history.versions}
    return all(
        change.path not in secret and (not change.blob or facts(change.path, change.blob) is Other.PLAIN)
        for change in work_tree.changes
    )


class _Facts:
    """What is known of a path's content, decoded once it is there. What makes no sense is found out again.

    Args:
        remembered: see below.
        read_again: what is to be remembered of a content; None where it is not here.

    Attributes:
        remembered: what is written down.
        passing: what is not: the id of plaintext is a digest of it, which git has only once it is committed.
    """

    def __init__(self, remembered: Remembered, read_again: Callable[[Content], Encoded | None]) -> None:
        self.remembered = remembered
        self._read_again = read_again
        self.passing: dict[bytes, bytes] = {}
        self._decoded: dict[bytes, Known | None] = {}

    def __call__(self, path: str, blob: str) -> Known | None:
        content = Content(blob, kind_of(path))
        known = self._decoded.get(content.key)
        if known is None:
            entries = self.remembered.entries
            entry = entries.get(content.key, self.passing.get(content.key))
            if entry is not None:
                known = history_facts.decode(entry, entries) or self._anew(content)
                self._decoded[content.key] = known
        return known

    def _anew(self, content: Content) -> Known | None:
        found = self._read_again(content)
        if found is None:
            return None
        self.remembered.add({**dict(found.texts), content.key: found.entry})
        return history_facts.decode(found.entry, self.remembered.entries)


@lru_cache(maxsize=65536)
def kind_of(path: str) -> str:
    """How a file is read: its format, or as a `.sops.yaml`."""
    return CONFIG if is_config(path) else str(format_of(path))


def _head(repository: Repository) -> Mapping[str, trees.Entry]:
    try:
        return trees.commit_tree(repository, "HEAD").entries
    except UsageError:  # no commit yet
        return {}


def _missing(commits: Iterable[Commit], remembered: Remembered) -> list[Content]:
    """Contents that nothing is known of, those of one path beside each other: git packs them so."""
    wanted: dict[Content, str] = {}
    for commit in commits:
        for change in commit.changes:
            if stat.S_IFMT(change.mode) == _REGULAR and commit.id != _WORK_TREE:
                wanted.setdefault(Content(change.blob, kind_of(change.path)), change.path)
    entries = remembered.entries
    return sorted((each for each in wanted if each.key not in entries), key=lambda each: wanted[each])


def _read_contents(
    repository: Repository,
    contents: list[Content],
    remembered: Remembered,
    map_many: MapMany[Content, Encoded | None],
    report: Callable[[int, int], None],
) -> None:
    here = git_history.objects_here(repository) if contents else None
    if here is not None:
        contents = [each for each in contents if each.blob in here]
    reader = _Reader(repository.root, remembered.salt)
    new: dict[bytes, bytes] = {}
    try:
        for done, (content, found) in enumerate(zip(contents, map_many(reader, contents), strict=True), 1):
            if found is not None:
                new.update(found.texts)
                new[content.key] = found.entry
            report(done, len(contents))
            if len(new) >= _KEEP_EVERY:
                remembered.add(new)
                new = {}
    finally:
        remembered.add(new)


class _Reader:
    """Reads a content and finds out about it; in a worker process too, each with a git of its own."""

    def __init__(self, root: Path, salt: bytes) -> None:
        self._root, self._salt = root, salt
        self._blobs: tuple[int, Blobs] | None = None

    def __call__(self, content: Content) -> Encoded | None:
        if self._blobs is None or self._blobs[0] != os.getpid():
            self._blobs = (os.getpid(), Blobs(self._root))
        try:
            data = self._blobs[1].read(content.blob)
        except FailedError:
            return None
        return history_facts.encode(data, content.kind, self._salt)


def _work_tree(repository: Repository, head: Mapping[str, trees.Entry], facts: _Facts) -> Commit:
    """The work tree as a commit upon HEAD; what is known of its encrypted files is remembered."""
    sha256 = any(len(entry.blob) == 64 for entry in head.values())
    changes: list[Change] = []
    new: dict[bytes, bytes] = {}
    paths: set[str] = set()
    for path in repository.files():
        try:
            snapshot = repository.read(path)
        except SopskitError:
            continue  # `plan` and `check` tell of it
        if snapshot.resolved != path:
            continue  # a link: the file itself is looked at
        paths.add(path)
        blob = _blob_id(snapshot.content, sha256=sha256)
        before = head.get(path)
        if before is not None and before.blob == blob:
            continue
        content = Content(blob, kind_of(path))
        if facts(path, blob) is None:
            found = history_facts.encode(snapshot.content, content.kind, facts.remembered.salt)
            (new if found.texts else facts.passing)[content.key] = found.entry
            new.update(found.texts)
        changes.append(_change(path, blob, before))
    facts.remembered.add(new)
    changes += [_change(path, "", entry) for path, entry in head.items() if path not in paths]
    return Commit(_WORK_TREE, int(time.time()), (), tuple(changes))


def _change(path: str, blob: str, before: trees.Entry | None) -> Change:
    mode = _REGULAR | 0o644 if blob else 0
    return Change(path, mode, blob, before.blob if before else "", before.mode if before else 0)


def _blob_id(content: bytes, *, sha256: bool) -> str:
    """The id that git gives a content: the hash of `blob`, its size and a NUL, and the content."""
    new = hashlib.sha256 if sha256 else hashlib.sha1
    return new(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
