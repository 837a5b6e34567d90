"""The git history of a repository's secret files: every version, what is known of it, and what followed what.

`read_history` reads it once, and remembers what it found in the git directory: the next time only what is
new is looked at. For audits: `committed_in_clear` gives the plaintext versions of a file that is encrypted
now, "the same plaintext was committed before the file was encrypted".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.history_facts import Facts, Other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sopskit.inventory.history_facts import Groups, Known, Names
    from sopskit.keys.recipients import Recipient

    #: What is known of the content of a path, by its id; None where it could not be read.
    FactsOf = Callable[[str, str], Known | None]

#: In the place of a data key: plaintext.
NO_KEY = -1


class Point(NamedTuple):
    """A commit, or the work tree.

    Attributes:
        id: of the commit; None for the work tree, which is the last point of a history.
        time: in seconds since 1970.
    """

    id: str | None
    time: int


class Version(NamedTuple):
    """A content that a path has had.

    Attributes:
        path: relative to the repository, with `/`.
        blob: id of the content in git; that of the work tree may not be there.
        point: the first commit that has it so, as an index of `History.points`.
        in_clear: it is plaintext.
        has_clear: it is encrypted, and has values that stand in clear.
        facts_of: gives `facts`; many versions are never asked for theirs.
    """

    path: str
    blob: str
    point: int
    in_clear: bool
    has_clear: bool
    facts_of: FactsOf

    @property
    def facts(self) -> Facts | Other:
        """What is known of it: `Facts`, or `Other.PLAIN`."""
        facts = self.facts_of(self.path, self.blob)
        return facts if isinstance(facts, (Facts, Other)) else Other.BROKEN


class Step(NamedTuple):
    """One version followed by another, in a commit.

    Attributes:
        before: index of `History.versions`.
        after: as `before`; of another path where the file was renamed.
        is_merge: the commit is a merge, so that a value that is new here may come from either side.
    """

    before: int
    after: int
    is_merge: bool


class Opener(NamedTuple):
    """Key groups that a data key was shared out to.

    Attributes:
        groups: see `Facts`; one list is one object.
        threshold: see `Facts`.
        point: the first that has such a version.
    """

    groups: Groups
    threshold: int
    point: int


class DataKey(NamedTuple):
    """What is known of a data key.

    Attributes:
        values: digest of the nonce of each value that ever stood under it -> the first point that has it so.
        openers: whom versions of it were for, in the order of points.
    """

    values: dict[int, int]
    openers: Sequence[Opener]


class History(NamedTuple):
    """The history of all files that are, or ever were, encrypted, and of every `.sops.yaml`.

    Attributes:
        points: the commits of all refs, parents before their children, then the work tree.
        versions: every version of these files, plaintext ones too, in the order of `points`.
        steps: what followed what, in the order of `points`.
        unsettled: those of `steps` that are merges, or where values may be the same without the same nonce;
            and `copies`.
        copies: plaintext and an encrypted version of the file beside it, in whatever order they came; these
            are none of `steps`.
        key_of: for each version the number of its data key; `NO_KEY` for plaintext.
        data_keys: by number.
        present: path -> version of each encrypted file in the work tree.
        names: each `.sops.yaml` as it has been, in the order of `points`.
        returned: version -> the last point that brought it back, by a revert.
        is_cut: the clone is shallow: older commits are not here.
        missing: paths of versions that this clone has not (a partial clone), or that are too large to read.
        broken: paths that had a version of a secret file which could not be read.
    """

    points: tuple[Point, ...]
    versions: tuple[Version, ...]
    steps: tuple[Step, ...]
    unsettled: tuple[Step, ...]
    copies: tuple[Step, ...]
    key_of: tuple[int, ...]
    data_keys: Sequence[DataKey]
    present: Mapping[str, int]
    names: tuple[Names, ...]
    returned: Mapping[int, int]
    is_cut: bool = False
    missing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every version could be read."""
        return not (self.is_cut or self.missing or self.broken)

    def recipients(self) -> set[Recipient]:
        """Everyone who ever had a stanza."""
        groups = {id(each.groups): each.groups for key in self.data_keys for each in key.openers}
        return {recipient for each in groups.values() for group in each for recipient in group}

    def previous(self) -> dict[int, list[int]]:
        """For each version the versions that it followed."""
        found: dict[int, list[int]] = {}
        for step in self.steps:
            found.setdefault(step.after, []).append(step.before)
        return found


class ClearVersion(NamedTuple):
    """A plaintext version of a file.

    Attributes:
        path: that it had then.
        blob: id of the content in git.
        commit: the first commit that has it.
        time: of that commit, in seconds since 1970.
    """

    path: str
    blob: str
    commit: str
    time: int


class ClearVersions(NamedTuple):
    """What a history has in clear of files that are encrypted now.

    Attributes:
        paths: the encrypted files that were looked up.
        found: path -> its plaintext versions, the oldest first; only paths that have some.
    """

    paths: frozenset[str]
    found: Mapping[str, tuple[ClearVersion, ...]]


def committed_in_clear(history: History) -> ClearVersions:
    """The plaintext versions in git of each file that is encrypted in the work tree.

    Renames are followed, as `read_history` sees them, and plaintext beside the file counts.
    """
    found = {}
    if any(version.in_clear for version in history.versions):
        found = dict(_clear_versions(history))
    return ClearVersions(frozenset(history.present), found)


def lineages(history: History) -> Iterator[tuple[str, set[int]]]:
    """Each encrypted file of the work tree, and the versions of its path and all that led to these."""
    previous = history.previous()
    for step in history.copies:
        previous.setdefault(step.after, []).append(step.before)
    of_path: dict[str, list[int]] = {}
    for number, version in enumerate(history.versions):
        of_path.setdefault(version.path, []).append(number)
    for path, present in history.present.items():
        yield path, _before([*of_path.get(path, ()), present], previous)


def only_beside(history: History) -> set[int]:
    """The plaintext versions that are known by their place alone: perhaps no secret (`values.yaml`)."""
    beside = {step.before for step in history.copies}
    if not beside:
        return beside
    encrypted = [number for number, version in enumerate(history.versions) if not version.in_clear]
    return beside - _before(encrypted, history.previous())


def _clear_versions(history: History) -> Iterator[tuple[str, tuple[ClearVersion, ...]]]:
    for path, numbers in lineages(history):
        clear = []
        for number in sorted(numbers):
            version = history.versions[number]
            point = history.points[version.point]
            if version.in_clear and point.id is not None:
                clear.append(ClearVersion(version.path, version.blob, point.id, point.time))
        if clear:
            yield path, tuple(clear)


def _before(waiting: list[int], previous: Mapping[int, list[int]]) -> set[int]:
    """Some versions, and all that led to them."""
    seen: set[int] = set()
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting += previous.get(number, ())
    return seen
