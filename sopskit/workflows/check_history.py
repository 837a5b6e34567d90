"""The commits that a hook would have stopped: every change of a file, under the rules of its commit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.interface import Scope
from sopskit.audits.subject import Subject
from sopskit.errors import ConfigurationError, FailedError, SopskitError
from sopskit.inventory.configs import (
    CONFIG_NAME,
    Configs,
    is_config,
    load_any_primary,
    load_configs,
    without_rules,
)
from sopskit.inventory.inventory import Inventory
from sopskit.repo import trees
from sopskit.repo.blobs import Blobs
from sopskit.repo.git_history import is_shallow, objects_here, read_commits
from sopskit.repo.snapshot import SIZE_LIMIT
from sopskit.repo.trees import Entry, GitTree
from sopskit.text.shown import shown
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sopskit.audits.interface import Audit
    from sopskit.findings import Finding
    from sopskit.repo.discovery import Repository
    from sopskit.repo.git_history import Commit

    #: Path and entry of each `.sops.yaml`, by path.
    Rules = tuple[tuple[str, Entry], ...]

_REGULAR = 0o100000
_KIND = 0o170000
_KEPT_BYTES = 32 << 20
_NOT_HERE = "is not in this clone"


class _Moment(NamedTuple):
    """A commit, and what is to be looked at in it.

    Attributes:
        commit: its id.
        files: the files that it changes, with their contents.
        rules: every `.sops.yaml` that it has.
    """

    commit: str
    files: tuple[tuple[str, Entry], ...]
    rules: Rules


class _Seen(NamedTuple):
    """What came of a moment: findings, each with the content in which it is, and what could not be read."""

    found: tuple[tuple[Finding, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()


class HistoryFindings(NamedTuple):
    """What was found in the history.

    Attributes:
        findings: in the order of the commits, parents first.
        unread: path and reason of each content that could not be read: this clone lacks it.
        is_cut: the clone is shallow: older commits are not here.
    """

    findings: tuple[Finding, ...]
    unread: tuple[tuple[str, str], ...] = ()
    is_cut: bool = False


def history_findings(
    repository: Repository, audits: Sequence[Audit], config: Path | None = None, jobs: int | None = None
) -> HistoryFindings:
    """What audits of files find in each commit of all refs, merges included.

    A content is looked at once under the same rules, and reported for the first commit that has it. A finding
    is `at_head` where HEAD has it too, were it in another content of the file.

    Args:
        repository: in git.
        audits: to run; those of the whole repository, and those that need private keys, are left out.
        config: `--config`, which is taken as it was in each commit; or None.
        jobs: number of processes; None for one a core.

    Raises:
        ConfigurationError: it is no git repository, or `config` lies outside of it.
        FailedError: git failed.
    """
    if not repository.in_git:
        raise ConfigurationError(
            "is no git repository, so that it has no history", path=shown(str(repository.root))
        )
    wanted = [each for each in audits if each.scope is Scope.FILE and not each.needs]
    override = None if config is None else repository.relative(config)
    look = _Look(repository, wanted, override)
    found: dict[tuple[str, str, str], Finding] = {}
    unread: dict[tuple[str, str], None] = {}
    moments = _Moments(override, objects_here(repository))
    for seen in map_files(look, list(moments.of(read_commits(repository))), jobs):
        unread.update(dict.fromkeys(seen.unread))
        for finding, blob in seen.found:
            found.setdefault((finding.path, blob, finding.fingerprint), finding)
    still = _at_head(repository, look, {finding.path for finding in found.values()})
    findings = (each._replace(at_head=each.fingerprint in still) for each in found.values())
    unread.update(((path, _NOT_HERE), None) for path in moments.missing)
    return HistoryFindings(tuple(findings), tuple(unread), is_shallow(repository))


class _Moments:
    """Commits as moments.

    Args:
        override: see `_counts`.
        here: the ids of all contents of a partial clone; None where none is missing.

    Attributes:
        missing: paths of contents that a partial clone has not: to ask git for each would end it each time.
    """

    def __init__(self, override: str | None, here: Collection[str] | None) -> None:
        self.missing: dict[str, None] = {}
        self._override, self._here = override, here

    def of(self, commits: Iterable[Commit]) -> Iterator[_Moment]:
        """Each commit with the files that were not looked at before under the rules that it has."""
        rules_of: dict[str, Rules] = {}
        seen: set[tuple[str, str, Rules]] = set()
        for commit in commits:
            # Changes are held against the first parent, and so are the rules.
            before = rules_of.get(commit.parents[0], ()) if commit.parents else ()
            rules_of[commit.id] = rules = _changed(before, commit, self._override)
            files = []
            for change in commit.changes:
                key = (change.path, change.blob, rules)
                if change.mode & _KIND == _REGULAR and key not in seen:
                    seen.add(key)
                    files.append((change.path, Entry(change.mode, change.blob)))
            files = list(self._present(files))
            if files:
                yield _Moment(commit.id, tuple(files), rules)

    def _present(self, files: Iterable[tuple[str, Entry]]) -> Iterator[tuple[str, Entry]]:
        for path, entry in files:
            if self._here is None or entry.blob in self._here:
                yield path, entry
            else:
                self.missing[path] = None


def _changed(rules: Rules, commit: Commit, override: str | None) -> Rules:
    changes = {
        change.path: Entry(change.mode, change.blob)
        for change in commit.changes
        if _counts(change.path, override)
    }
    if not changes:
        return rules
    return tuple(sorted((path, entry) for path, entry in (dict(rules) | changes).items() if entry.mode))


def _counts(path: str, override: str | None) -> bool:
    """Whether a file holds rules."""
    return is_config(path) if override is None else path == override


class _RecentBlobs(Blobs):
    """Remembers the last contents: several audits look at a file."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._recent: dict[str, bytes] = {}
        self._size = 0

    def read(self, blob: str, *, limit: int = SIZE_LIMIT) -> bytes:
        """See `Blobs`."""
        content = self._recent.get(blob)
        if content is None:
            content = super().read(blob, limit=limit)
            if self._size > _KEPT_BYTES:
                self._recent.clear()
                self._size = 0
            self._recent[blob] = content
            self._size += len(content)
        return content


class _Look:
    """Looks at the files of a moment; may be called in several processes."""

    def __init__(self, repository: Repository, audits: Sequence[Audit], override: str | None) -> None:
        self._repository = repository
        self._audits = audits
        self._override = override
        self._inventories: dict[Rules, Inventory] = {}
        self._blobs = _RecentBlobs(repository.root)
        self._process = os.getpid()

    def __call__(self, moment: _Moment) -> _Seen:
        """What the audits find in a moment."""
        blobs = {path: entry.blob for path, entry in moment.files}
        tree = self._tree({**dict(moment.rules), **dict(moment.files)})
        rules = self._inventory_of(moment.rules)
        unread = tuple(_unread_rules(rules.configs))
        if unread:  # nothing can be said without them
            return _Seen(unread=unread)
        paths = sorted(path for path in blobs if not self.counts(path) and not is_config(path))
        inventory = rules.at(paths, tree)
        files = [inventory.file(path) for path in paths]
        unread = tuple(
            (each.path, each.problem.message) for each in files if not each.version and each.problem
        )
        readable = blobs.keys() - {path for path, _ in unread}
        subject = Subject(inventory, only=frozenset(readable))
        found = (finding for audit in self._audits for finding in audit.detect(subject))
        return _Seen(
            tuple((f._replace(commit=moment.commit), blobs[f.path]) for f in found if f.path in readable),
            unread,
        )

    def counts(self, path: str) -> bool:
        """Whether a file holds the rules."""
        return _counts(path, self._override)

    def _tree(self, entries: Mapping[str, Entry]) -> GitTree:
        if os.getpid() != self._process:  # a forked worker: the git of its parent answers the parent
            self._process, self._blobs = os.getpid(), _RecentBlobs(self._repository.root)
        return GitTree(self._repository, entries, self._blobs)

    def _inventory_of(self, rules: Rules) -> Inventory:
        """No file, under the rules of a moment."""
        if rules not in self._inventories:
            self._inventories[rules] = Inventory(self._repository, self._load(rules), [])
        return self._inventories[rules]

    def _load(self, rules: Rules) -> Configs:
        """The rules of a moment; a file that cannot be used is an error for what it governs."""
        tree, root = self._tree(dict(rules)), self._repository.root
        paths = [path for path, _ in rules]
        override = None if self._override is None else root / self._override
        try:
            primary, problem = load_any_primary(tree, root, override, paths)
        except SopskitError:  # there is none
            return without_rules(tree)._replace(by_folder={})
        return load_configs(tree, primary, paths, override=override is not None, problem=problem)


def _at_head(repository: Repository, look: _Look, paths: set[str]) -> set[str]:
    """Fingerprints of what is found at HEAD in some files; none where there is no commit there."""
    try:
        entries = trees.commit_tree(repository, "HEAD").entries
    except SopskitError:
        return set()
    files = tuple((path, entry) for path, entry in entries.items() if path in paths)
    rules = tuple(sorted((path, entry) for path, entry in entries.items() if look.counts(path)))
    return {finding.fingerprint for finding, _ in look(_Moment("", files, rules)).found}


def _unread_rules(configs: Configs) -> Iterator[tuple[str, str]]:
    """Each `.sops.yaml` whose content this clone lacks; one that is wrong is a finding."""
    for each in configs.by_folder.values():
        if isinstance(each, FailedError):
            yield each.path or CONFIG_NAME, each.message
