"""Scanning what is staged for the next commit: the blobs of the index, never the files of the work tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.findings import Unread
from sopskit.repo.git_history import objects_here
from sopskit.repo.objects import staged_blobs
from sopskit.repo.trees import require_git
from sopskit.scanner.sources.tree import below
from sopskit.text.shown import shown
from sopskit.workflows.scan_blobs import read_blobs, report_of
from sopskit.workflows.scan_completeness import completed
from sopskit.workflows.scan_detector import detector_with
from sopskit.workflows.scan_report import without_known

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sopskit.repo.discovery import Repository
    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_report import Report


def scan_staged(
    repository: Repository, start: Path, names: Sequence[str], accepted: Accepted, jobs: int | None = None
) -> Report:
    """Scan the staged files whose content is not that of the last commit.

    Args:
        repository: in git.
        start: the working directory.
        names: only these files and folders, relative to `start`; none for all.
        accepted: what is not reported.
        jobs: number of processes; None for one a core.

    Raises:
        ConfigurationError: it is no git repository, or a rule is not valid.
        UsageError: nothing is staged at any of the names.
        FailedError: git failed.
    """
    require_git(repository)
    staged = staged_blobs(repository)
    if names:
        tops = [repository.relative(start / name) for name in names]
        chosen = {path for top in tops for path in below((each.path for each in staged), top)}
        staged = [each for each in staged if each.path in chosen]
        if not staged:
            raise UsageError(f"{shown(names[0])}: nothing is staged there", hint="git status shows what is")
    staged = [each for each in staged if not accepted.ignoring.takes_file(each.path)]
    here = objects_here(repository) if staged else None
    lost = [
        Unread(each.path, "is not in this clone")
        for each in staged
        if here is not None and each.blob not in here
    ]
    readable = [each for each in staged if here is None or each.blob in here]
    read = read_blobs(
        detector_with(accepted.rules, accepted.known), repository, readable, accepted.ignoring, jobs
    )
    report = report_of(read, lost)
    if not staged:
        report = report._replace(notes=("nothing is staged",))
    return completed(without_known(report, accepted.baseline), accepted)
