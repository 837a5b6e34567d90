"""Scanning the whole history: every content of git once, and of those that were clean before none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.findings import Unread
from sopskit.repo import git
from sopskit.repo.git_history import ALL, is_shallow, objects_here, tips
from sopskit.repo.history_contents import HistoryContents, contents_of, in_pack_order
from sopskit.repo.objects import blobs_of
from sopskit.repo.trees import require_git
from sopskit.scanner.ignoring import NOTHING
from sopskit.workflows.scan_blobs import read_blobs
from sopskit.workflows.scan_completeness import completed
from sopskit.workflows.scan_detector import detector_with
from sopskit.workflows.scan_memory import Last, clean_key, kind_of, recall_scans
from sopskit.workflows.scan_origins import Secrets, head_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sopskit.repo.discovery import Repository
    from sopskit.repo.objects import Named
    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_report import Report

_UNSHALLOW = "this clone is shallow: older commits are not here; git fetch --unshallow gets them"
_REFETCH = "are not in this partial clone; git fetch --refetch --no-filter gets them"

#: Fewer contents are read in whatever order.
_MANY = 500

#: More ids do not go on a command line.
_MOST_TIPS = 10_000


class _New(NamedTuple):
    """What is to be read.

    Attributes:
        contents: with a path each; some with several, where those say that it is another kind of file.
        keys: what stands for each in what is remembered.
        known: how many are not read, since they were clean before.
    """

    contents: list[Named]
    keys: dict[Named, bytes]
    known: int


def scan_history(repository: Repository, accepted: Accepted, jobs: int | None = None) -> Report:
    """Scan what any commit has, of all refs and of HEAD.

    Each secret is reported once, with the first commit and path that has it.

    Args:
        repository: in git.
        accepted: what is not reported.
        jobs: number of processes; None for one a core.

    Raises:
        ConfigurationError: it is no git repository, or a rule is not valid.
        FailedError: git failed.
    """
    require_git(repository)
    detector = detector_with(accepted.rules, accepted.known)
    memory = recall_scans(repository, accepted.rules, accepted.known)
    holes = _holes(repository)
    now = tuple(dict.fromkeys(tips(repository).decode("ascii").split()))
    last = Last() if holes else _still_true(repository, memory.last(), now, accepted.ignoring.exclude)
    history = _since(repository, last, now)
    named = [each for each in history.named() if not accepted.ignoring.takes_file(each.path)]
    clean = memory.clean()
    new = _new(named, clean)
    contents = in_pack_order(repository, new.contents) if len(new.contents) > _MANY else new.contents
    read = read_blobs(detector, repository, contents, NOTHING, jobs)
    told = {each.content.blob for each in read.told}
    memory.add(new.keys[each] for each in contents if each.blob not in told)
    hits = {**history.origins(read.hits | {each.blob for each in last.hits}, last.commits), **last.hits}
    if not holes and not read.unread and (now != last.tips or last.commits == 0):
        commits = last.commits + len(history.commits)
        memory.keep(Last(now, commits, accepted.ignoring.exclude, hits))
    report = Secrets(detector, repository, head_of(repository)).report(hits, accepted)
    report = report._replace(
        unread=(*holes, *read.unread, *report.unread),
        files=read.files,
        size=read.size,
        remembered=len(clean) if last.tips else new.known,
    )
    return completed(report, accepted)


def _still_true(repository: Repository, last: Last, now: Collection[str], excluded: tuple[str, ...]) -> Last:
    """The last scan, where the history has only grown since, and the same files are read; else none."""
    gone = [each for each in last.tips if each not in now]
    if last.excluded != excluded or len(last.tips) > _MOST_TIPS:
        return Last()
    if not gone:
        return last
    try:
        lost = git.read(
            repository.root, "rev-list", "--max-count=1", *gone, "--not", *ALL, what="compare its commits"
        )
    except FailedError:  # one is not there any more
        return Last()
    return Last() if lost else last


def _since(repository: Repository, last: Last, now: Collection[str]) -> HistoryContents:
    """What came since the last scan."""
    if not last.tips:
        return contents_of(repository)
    known = set(last.tips)
    new = [each for each in now if each not in known]
    return contents_of(repository, (*new, "--not", *last.tips)) if new else HistoryContents([], {})


def _new(named: Iterable[Named], clean: Collection[bytes]) -> _New:
    """What is to be read: each content with one path of each kind."""
    kinds: dict[str, bytes] = {}
    keys: dict[bytes, Named] = {}
    known = set()
    for each in named:
        kind = kinds.get(each.path)
        if kind is None:
            kind = kinds[each.path] = kind_of(each.path)
        key = clean_key(each.blob, kind)
        if key in clean:
            known.add(key)
        else:
            keys.setdefault(key, each)
    return _New(list(keys.values()), {each: key for key, each in keys.items()}, len(known))


def _holes(repository: Repository) -> list[Unread]:
    """What this clone lacks of the history."""
    holes = [Unread("history", _UNSHALLOW)] if is_shallow(repository) else []
    if objects_here(repository) is not None:
        missing = len(blobs_of(repository, ALL).missing)
        if missing:
            holes.append(Unread("history", f"{missing} contents {_REFETCH}"))
    return holes
