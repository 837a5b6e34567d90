"""Changing files that were named, where they stand: all of them or none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo.discovery import Repository
from sopskit.repo.staging import stage
from sopskit.repo.targets import Target
from sopskit.repo.transaction import Transaction
from sopskit.text.shown import shown
from sopskit.workflows.many_files import for_each, no_report
from sopskit.workflows.opening import recover_interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.repo.snapshot import FileSnapshot
    from sopskit.repo.staging import Draft
    from sopskit.sops.documents import Written
    from sopskit.workflows.sources import Source


class Changed(NamedTuple):
    """What became of one file.

    Attributes:
        name: as the user wrote it.
        changed: whether it has other bytes now.
        notes: what had to be spelled otherwise, or is to be known.
    """

    name: str
    changed: bool
    notes: tuple[str, ...] = ()


class _Job(NamedTuple):
    source: Source
    snapshot: FileSnapshot
    draft: Draft


def change_files(
    sources: Sequence[Source],
    change: Callable[[Source, bytes], Written],
    *,
    what: str,
    jobs: int | None = None,
    report: Callable[[int, int], None] = no_report,
) -> list[Changed]:
    """Give files new contents, all or none.

    Args:
        sources: the files, all of one repository; outside git, of one folder and those below.
        change: the new content of a file, from its bytes; it is called in a worker process where there are
            many files.
        what: see `for_each`.
        jobs: number of processes; None for one a core.
        report: called with (files done, files in all).

    Raises:
        ConfigurationError: a file lies in another repository, or is a link that leads out of it.
        SopskitError: what `change` raises; nothing was written.
    """
    repository = open_repository(sources)
    recover_interrupted(repository)
    with Transaction(repository) as transaction:
        found = _read_all(repository, sources)
        drafts = transaction.plan([Target.replacing(snapshot) for _, snapshot in found])
        work = [_Job(*each, draft) for each, draft in zip(found, drafts, strict=True)]

        def one(job: _Job) -> Changed:
            written = change(job.source, job.snapshot.content)
            changed = written.data != job.snapshot.content
            if changed:
                stage(job.draft, written.data)
            return Changed(job.source.name, changed, written.notes)

        done = for_each(one, work, lambda job: job.source.name, what=what, jobs=jobs, report=report)
        transaction.commit()
    return done


def open_repository(sources: Sequence[Source]) -> Repository:
    """The repository of files that are to be changed together.

    Raises:
        FailedError: a file is missing.
        ConfigurationError: git refuses it.
    """
    missing = [each.name for each in sources if not os.path.lexists(each.path)]
    if missing:
        raise FailedError("there is no such file", path=shown(missing[0]))
    folders = {os.path.dirname(each.path) for each in sources}  # noqa: PTH120
    return Repository.open(Path(os.path.commonpath(list(map(os.path.realpath, folders)))))


def _read_all(repository: Repository, sources: Sequence[Source]) -> list[tuple[Source, FileSnapshot]]:
    """Each file once, however many names it was given."""
    found: dict[str, tuple[Source, FileSnapshot]] = {}

    def read(source: Source) -> tuple[Source, FileSnapshot]:
        return source, repository.read(repository.relative(Path(source.path)))

    for source, snapshot in for_each(read, sources, lambda each: each.name, what="could not be read", jobs=1):
        found.setdefault(snapshot.resolved, (source, snapshot))
    return list(found.values())
