"""Who reads what: now, at a commit, and what changed between two of these."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError, UsageError
from sopskit.inventory.access import access_of
from sopskit.repo import git
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sopskit.inventory.access import Access, FileAccess
    from sopskit.inventory.access_changes import AccessChanges, HostChange
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.readers import Reader
    from sopskit.repo.discovery import Repository
    from sopskit.repo.trees import GitTree

_NAMED = 5  # missing files that an error names


class Where(NamedTuple):
    """A repository, and from where it is looked at.

    Attributes:
        repository: it.
        start: the working directory.
        config: `--config`, or None.
        jobs: number of processes; None for one a core.
    """

    repository: Repository
    start: Path
    config: Path | None = None
    jobs: int | None = None


class Choice(NamedTuple):
    """What a person has asked for by name.

    Attributes:
        hosts: labels of readers; none for all.
        places: paths of files or folders, relative to the repository; none for all.
    """

    hosts: frozenset[str] = frozenset()
    places: tuple[str, ...] = ()

    def has_path(self, path: str) -> bool:
        """Whether a file was asked for."""
        return not self.places or any(
            place in (".", path) or path.startswith(f"{place}/") for place in self.places
        )

    def has_reader(self, reader: Reader) -> bool:
        """Whether a host was asked for."""
        return not self.hosts or reader.label in self.hosts


def read_access(where: Where, revision: str | None = None) -> Access:
    """Who reads what in the work tree, or in a commit.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, it cannot be used, or there is no git.
        UsageError: there is no such commit.
        FailedError: this clone lacks files of it.
    """
    return access_in(inventory_at(where, revision))


def inventory_at(where: Where, revision: str | None) -> Inventory:
    """The inventory of the work tree, or of a commit; see `read_access`."""
    from sopskit.workflows.opening import read_inventory

    tree = None if revision is None else _whole_tree(where.repository, revision)
    return read_inventory(where.repository, where.start, config=where.config, jobs=where.jobs, tree=tree)


def _whole_tree(repository: Repository, revision: str) -> GitTree:
    """The tree of a commit, all of whose files are in this clone: any of them may be a secret file."""
    from sopskit.repo.blobs import PARTIAL_CLONE
    from sopskit.repo.git_history import objects_here
    from sopskit.repo.trees import commit_tree

    tree, here = commit_tree(repository, revision), objects_here(repository)
    if here is None:
        return tree
    missing = sorted(path for path, entry in tree.entries.items() if entry.blob not in here)
    if missing:
        names = ", ".join(shown(path) for path in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise FailedError(
            f"this clone lacks files of the commit {shown(revision)}: {names}{more}",
            hint=PARTIAL_CLONE,
        )
    return tree


def access_in(inventory: Inventory) -> Access:
    """Who reads what in an inventory, and its consumers."""
    from sopskit.inventory.consumers import consumers_of

    return access_of(inventory, consumers_of(inventory))


def read_changes(where: Where, revisions: str) -> AccessChanges:
    """What changed for whom.

    Args:
        where: the repository.
        revisions: `A..B`; `A...B`, from where the two parted to B; `A`, from there to the work tree.

    Raises:
        ConfigurationError: as for `read_access`.
        UsageError: there is no such commit.
        FailedError: this clone lacks files of it.
    """
    from sopskit.inventory.access_changes import changes_between

    before, after = commits(where.repository, revisions)
    return changes_between(*(_access_or_none(where, each) for each in (before, after)))


def commits(repository: Repository, revisions: str) -> tuple[str, str | None]:
    """The two commits that `--diff` names; None is the work tree.

    Raises:
        ConfigurationError: it is no git repository.
        UsageError: there is no such commit, or the two have nothing in common.
    """
    from sopskit.repo.trees import require_git

    require_git(repository)
    for dots in ("...", ".."):
        first, found, second = revisions.partition(dots)
        if found:
            break
    before = git.commit_id(repository.root, first or "HEAD")
    after = git.commit_id(repository.root, second or "HEAD") if found else None
    if dots == "..." and found and after is not None:
        before = git.merge_base(repository.root, before, after)
    return before, after


def _access_or_none(where: Where, revision: str | None) -> Access:
    """As `read_access`; before there was a `.sops.yaml`, keys have no names, and rules want nothing."""
    from sopskit.inventory.configs import is_config, without_rules
    from sopskit.inventory.inventory import Inventory

    if revision is not None and where.config is None:
        tree = _whole_tree(where.repository, revision)
        paths = tree.files()
        if not any(is_config(path) for path in paths):
            inventory = Inventory(where.repository, without_rules(tree), paths, tree)
            inventory.read_all()
            return access_of(inventory)
    return access_of(inventory_at(where, revision))


def choose(where: Where, words: Sequence[str], readers: Sequence[Reader], paths: Sequence[str]) -> Choice:
    """What words mean: the name (or key) of a host, else a file or folder, relative to the working directory.

    Raises:
        UsageError: one is neither.
    """
    labels = {reader.label for reader in readers}
    hosts = {word for word in words if word in labels}
    places = []
    for word in words:
        if word not in hosts:
            place = where.repository.relative(where.start.resolve() / word)
            if not any(Choice(places=(place,)).has_path(path) for path in paths):
                raise UsageError(
                    f"there is no host and no secret file {shown(word)}",
                    hint="sopskit hosts lists the hosts, sopskit plan -v all secret files",
                )
            places.append(place)
    return Choice(frozenset(hosts), tuple(places))


def narrowed(access: Access, choice: Choice) -> Access:
    """The files that were asked for: those at the places, of them what one of the hosts reads."""
    chosen = [n for n, reader in enumerate(access.readers) if reader.label in choice.hosts]

    def wanted(file: FileAccess) -> bool:
        return choice.has_path(file.path) and (not choice.hosts or any(file.level(n) for n in chosen))

    consumers = (
        each
        for each in access.consumers
        if (not choice.hosts or each.consumer.host in choice.hosts)
        and any(choice.has_path(path) for path in each.consumer.paths)
    )
    return access._replace(files=tuple(filter(wanted, access.files)), consumers=tuple(consumers))


def narrowed_changes(changes: AccessChanges, choice: Choice) -> AccessChanges:
    """The changes that were asked for."""
    hosts = []
    for each in changes.hosts:
        by_stanza, by_rule = (
            tuple(file for file in files if choice.has_path(file.path))
            for files in (each.by_stanza, each.by_rule)
        )
        if choice.has_reader(each.host) and (by_stanza or by_rule or not choice.places):
            hosts.append(each._replace(by_stanza=by_stanza, by_rule=by_rule))
    return changes._replace(hosts=tuple(hosts), in_clear=tuple(filter(choice.has_path, changes.in_clear)))


def paths_in(changes: AccessChanges) -> list[str]:
    """Every file that the changes name."""

    def of(host: HostChange) -> list[str]:
        return [file.path for file in (*host.by_stanza, *host.by_rule)]

    return [*changes.in_clear, *(path for host in changes.hosts for path in of(host))]
