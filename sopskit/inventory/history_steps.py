"""Putting commits and what is known of contents together: the versions there are, and what followed what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory import history_copies
from sopskit.inventory.configs import is_config
from sopskit.inventory.history import History, Point, Step, Version
from sopskit.inventory.history_facts import Facts, Names, Other
from sopskit.inventory.history_keys import data_keys, unsettled
from sopskit.inventory.history_renames import Side, renames
from sopskit.repo import git_history
from sopskit.sops.formats import Format, format_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.inventory.history import FactsOf
    from sopskit.inventory.history_facts import Known
    from sopskit.repo.discovery import Repository
    from sopskit.repo.git_history import Change, Commit

_TYPE, _REGULAR = 0o170000, 0o100000  # of a mode


class Builder:
    """Builds a `History`.

    Args:
        repository: where git is asked what the other side of a merge had.
        commits: in order, the work tree last.
        head: path -> id of the content of each file of HEAD.
        facts_of: what is known of a content.
    """

    def __init__(
        self, repository: Repository, commits: Sequence[Commit], head: Mapping[str, str], facts_of: FactsOf
    ) -> None:
        self._repository, self._commits, self._head = repository, commits, head
        # Every content that a path ever had, in order.
        self._known: dict[tuple[str, str], Known | None] = {}
        for commit in commits:
            for change in commit.changes:
                key = (change.path, change.blob)
                if key not in self._known and _is_regular(change.mode):
                    self._known[key] = facts_of(*key)
        self._renamed: dict[int, list[tuple[Side, Side]]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._versions: list[Version] = []
        self._steps: list[Step] = []
        # What a content that cannot be read followed, and what a path held when it was taken away.
        self._before_broken: dict[tuple[str, str], list[int]] = {}
        self._last: dict[str, list[int]] = {}
        self._returned: dict[int, int] = {}

    def history(self, *, is_cut: bool) -> History:
        """All of it."""
        secret = self._secret_paths()
        merged: list[tuple[str, str, int]] = []
        for point, commit in enumerate(self._commits):
            for change in commit.changes:
                if change.path in secret:
                    merged += self._follow(point, commit, change)
            for old, new in self._renamed.get(point, ()):
                self._step(self._number(old, point), self._number(new, point), is_merge=False)
        self._add_other_sides(merged)
        key_of, keys = data_keys(self._versions, self._steps)
        copies = history_copies.copies(self._versions, key_of)
        return History(
            tuple(Point(commit.id or None, commit.time) for commit in self._commits),
            tuple(self._versions),
            tuple(self._steps),
            (*unsettled(self._versions, self._steps, key_of), *copies),
            copies,
            key_of,
            keys,
            self._present(secret),
            tuple(each for each in self._known.values() if isinstance(each, Names)),
            self._returned,
            is_cut,
            *self._unreadable(secret),
        )

    def configs(self) -> list[tuple[str, str]]:
        """Path and id of each `.sops.yaml` of `History.names`."""
        return [key for key, facts in self._known.items() if isinstance(facts, Names)]

    def _secret_paths(self) -> set[str]:
        """Paths that ever held an encrypted file, plaintext beside it, and what these came from or became.

        From the last commit to the first, since what a file became says what it was.
        """
        secret = {path for (path, _), facts in self._known.items() if isinstance(facts, Facts)}
        secret.update(history_copies.beside(self._committed_in_clear(), secret))
        for point in range(len(self._commits) - 1, -1, -1):
            removed, added = self._sides(self._commits[point])
            pairs = [
                (old, new) for old, new in renames(removed, added) if old.path in secret or new.path in secret
            ]
            if pairs:
                self._renamed[point] = pairs
                secret.update(side.path for pair in pairs for side in pair)
        return secret

    def _committed_in_clear(self) -> set[str]:
        """Paths that ever held plaintext, in a commit: what is in the work tree only, nobody else has."""
        return {
            change.path
            for commit in self._commits[:-1]
            for change in commit.changes
            if self._known.get((change.path, change.blob)) is Other.PLAIN
        }

    def _sides(self, commit: Commit) -> tuple[list[Side], list[Side]]:
        """What a commit took away, and what it added."""
        removed, added = [], []
        changes = commit.changes
        if all(each.blob for each in changes) or all(each.before for each in changes):
            return [], []
        for change in changes:
            if not change.blob and _is_regular(change.old_mode):
                removed += self._side(change.path, change.before)
            elif not change.before and _is_regular(change.mode):
                added += self._side(change.path, change.blob)
        return removed, added

    def _side(self, path: str, blob: str) -> list[Side]:
        facts = self._known.get((path, blob))
        return [Side(path, blob, facts)] if isinstance(facts, Facts) or facts is Other.PLAIN else []

    def _follow(self, point: int, commit: Commit, change: Change) -> Iterator[tuple[str, str, int]]:
        """Add a version and its step; of a merge, give what has to be asked of git: commit, path, version."""
        before = self._before(change, point)
        if not _is_regular(change.mode):
            self._last[change.path] = before
            return
        key = (change.path, change.blob)
        known = key in self._numbers
        after = self._number_of(*key, point)
        if after is None:
            self._before_broken.setdefault(key, before)
        if known and after is not None and len(commit.parents) < 2:
            self._returned[after] = point
        if known or after is None:
            return  # what a merge brings from its other side, or what was there before
        for number in before:
            self._step(number, after, is_merge=len(commit.parents) > 1)
        yield from ((parent, change.path, after) for parent in commit.parents[1:])

    def _before(self, change: Change, point: int) -> list[int]:
        """The versions that a change follows."""
        if not _is_regular(change.old_mode):
            return self._last.get(change.path, [])
        number = self._number_of(change.path, change.before, point)
        if number is not None:
            return [number]
        return self._before_broken.get((change.path, change.before), [])

    def _number(self, side: Side, point: int) -> int | None:
        return self._number_of(side.path, side.blob, point)

    def _number_of(self, path: str, blob: str, point: int) -> int | None:
        """The number of a version, which is added where it is new; None where it cannot be read."""
        key = (path, blob)
        if key not in self._numbers:
            facts = self._known.get(key)
            if not isinstance(facts, Facts) and facts is not Other.PLAIN:
                return None
            self._numbers[key] = len(self._versions)
            has_clear = isinstance(facts, Facts) and bool(facts.clear)
            version = Version(path, blob, point, facts is Other.PLAIN, has_clear, self._facts_of)
            self._versions.append(version)
        return self._numbers[key]

    def _facts_of(self, path: str, blob: str) -> Known | None:
        return self._known[path, blob]

    def _step(self, before: int | None, after: int | None, *, is_merge: bool) -> None:
        if before is not None and after is not None and before != after:
            self._steps.append(Step(before, after, is_merge))

    def _add_other_sides(self, merged: Sequence[tuple[str, str, int]]) -> None:
        """The steps from the other sides of merges, where a merge made something new."""
        blobs = git_history.blobs_at(self._repository, [(commit, path) for commit, path, _ in merged])
        for (_, path, after), blob in zip(merged, list(blobs) if merged else (), strict=True):
            self._step(self._numbers.get((path, blob)), after, is_merge=True)

    def _present(self, secret: set[str]) -> dict[str, int]:
        """The encrypted files of the work tree: those of HEAD, but for what differs from it."""
        present: dict[str, int] = {}
        changed = {change.path: change.blob for change in self._commits[-1].changes}
        for path, blob in {**self._head, **changed}.items():
            number = self._numbers.get((path, blob)) if path in secret else None
            if number is not None and isinstance(self._versions[number].facts, Facts):
                present[path] = number
        return present

    def _unreadable(self, secret: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Paths of contents that are not here, and of those that make no sense.

        A text that never was encrypted (documentation, a script) may quote what sops writes. A `.sops.yaml`
        holds no value.
        """
        missing = {path for (path, _), facts in self._known.items() if facts is None}
        broken = {
            path
            for (path, _), facts in self._known.items()
            if facts is Other.BROKEN
            and not is_config(path)
            and (path in secret or format_of(path) is not Format.BINARY)
        }
        return tuple(sorted(missing)), tuple(sorted(broken))


def _is_regular(mode: int) -> bool:
    return mode & _TYPE == _REGULAR
