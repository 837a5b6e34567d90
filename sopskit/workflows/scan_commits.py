"""Scanning what some commits bring: those of a range, or those of a push."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UsageError
from sopskit.findings import Unread
from sopskit.repo import git
from sopskit.repo.discovery import Repository
from sopskit.repo.objects import blobs_of
from sopskit.repo.trees import require_git
from sopskit.scanner.ignoring import NOTHING
from sopskit.text.shown import shown
from sopskit.workflows.scan_accepted import NO_FILES, Accepted, Files, named_rules, read_accepted
from sopskit.workflows.scan_blobs import read_blobs
from sopskit.workflows.scan_changes import said_by
from sopskit.workflows.scan_completeness import completed
from sopskit.workflows.scan_detector import detector_with
from sopskit.workflows.scan_origins import Secrets, head_of, origins_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sopskit.workflows.scan_report import Report

_UPDATE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) (\S.*)")
_REFETCH = "contents are not in this partial clone; git fetch --refetch --no-filter gets them"


class _Commits(NamedTuple):
    """The commits to look at, as `git rev-list` takes them, and the ids that refs have or are to have."""

    revisions: tuple[str, ...]
    tips: tuple[str, ...]


def scan_range(repository: Repository, text: str, files: Files = NO_FILES, jobs: int | None = None) -> Report:
    """Scan what commits bring that are in one commit's history and not in another's.

    What is accepted is read from the older commit: a change does not accept its own secrets. What it would
    have accepted is in the report's notes.

    Args:
        repository: in git.
        text: `A..B`, two revisions; HEAD for one that is missing.
        files: that the command names.
        jobs: number of processes; None for one a core.

    Raises:
        ConfigurationError: it is no git repository, or settings, baseline or a rule are not valid.
        UsageError: it is no range, or one of its commits is not there.
        FailedError: git failed.
    """
    require_git(repository)
    before, after = _ends(text)
    old, new = git.commit_id(repository.root, before), git.commit_id(repository.root, after)
    accepted = read_accepted(repository, old, files)
    later = read_accepted(repository, new, files)
    return _scan(repository, _Commits((new, f"^{old}"), (new,)), accepted, later, jobs)


def scan_push(folder: Path, lines: Iterable[str], files: Files = NO_FILES, jobs: int | None = None) -> Report:
    """Scan the commits that a push brings, as git's pre-receive hook is told of them.

    Args:
        folder: where the hook runs: the git directory.
        lines: `OLD NEW REF`, as on the hook's standard input.
        files: that the command names.
        jobs: number of processes; None for one a core.

    Raises:
        UsageError: a line is none of these.
        ConfigurationError: settings or baseline of HEAD, or a rule, are not valid.
        FailedError: git failed.
    """
    state_dir = git.git_dir(folder)
    repository = Repository(folder, state_dir, in_git=True)
    tips = tuple(dict.fromkeys(_new_ids(lines)))
    head = head_of(repository)
    accepted = read_accepted(repository, head[0], files) if head else Accepted(rules=named_rules(files.rules))
    commits = _Commits((*tips, "--not", "--all") if tips else (), tips)
    return _scan(repository, commits, accepted, accepted, jobs)


def _scan(
    repository: Repository,
    commits: _Commits,
    accepted: Accepted,
    later: Accepted,
    jobs: int | None,
) -> Report:
    detector = detector_with(accepted.rules, accepted.known)
    listing = blobs_of(repository, commits.revisions) if commits.revisions else None
    read = read_blobs(detector, repository, listing.here if listing else (), NOTHING, jobs)
    origins = origins_of(repository, commits.revisions, read.hits)
    secrets = Secrets(detector, repository, _present(repository, commits.tips))
    report = secrets.report(origins, accepted)
    unread = read.unread
    if listing is not None and listing.missing:
        unread.append(Unread("history", f"{len(listing.missing)} {_REFETCH}"))
    notes = [*said_by(report, accepted, later)]
    if later != accepted:
        notes += _hidden(report, secrets.report(origins, later))
    report = report._replace(
        unread=(*unread, *report.unread), files=read.files, size=read.size, notes=(*report.notes, *notes)
    )
    return completed(report, accepted)


def _hidden(report: Report, later: Report) -> Iterator[str]:
    """What settings and baseline would no longer report, once they are what the change makes them."""
    kept = {each.fingerprint for each in later.findings}
    for each in report.findings:
        if each.fingerprint not in kept:
            yield f"this change would accept {each.id} in {shown(each.path)}"


def _present(repository: Repository, tips: Sequence[str]) -> list[str]:
    """Those of the ids that are commits, or tags of one."""
    found = []
    for tip in tips:
        try:
            found.append(git.commit_id(repository.root, tip))
        except UsageError:  # a tag of a tree or a blob
            continue
    return found


def _ends(text: str) -> tuple[str, str]:
    before, dots, after = text.partition("..")
    if not dots or after.startswith(".") or ".." in after:
        raise UsageError(f"{shown(text)} is no range", hint="write it as A..B, for example origin/main..HEAD")
    return before or "HEAD", after or "HEAD"


def _new_ids(lines: Iterable[str]) -> Iterator[str]:
    """The ids that refs are to have; what is deleted brings nothing."""
    for line in lines:
        found = _UPDATE.fullmatch(line.rstrip("\n"))
        if found is None:
            raise UsageError(
                "standard input holds no line of a pre-receive hook",
                hint="each is OLD NEW REF, two ids and a ref",
            )
        if found[2].strip("0"):
            yield found[2]
