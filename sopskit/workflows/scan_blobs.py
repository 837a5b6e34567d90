"""Reading many contents of git, in several processes where there are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Unread, in_order
from sopskit.scanner.sources.blobs import CHUNK, BlobScan
from sopskit.workflows.parallel import map_files
from sopskit.workflows.scan_report import Report, in_order_of_place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.repo.discovery import Repository
    from sopskit.repo.objects import Named
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring
    from sopskit.scanner.sources.blobs import ScannedBlob


#: Chunks from which on other processes are worth it.
_WORTH_FORKING = 4


class ReadBlobs(NamedTuple):
    """What came of all contents.

    Attributes:
        files: how many were read.
        size: their bytes.
        told: those with findings, and those that could not be read.
    """

    files: int
    size: int
    told: list[ScannedBlob]

    @property
    def hits(self) -> set[str]:
        """The ids of those with findings, reported or ignored."""
        return {each.content.blob for each in self.told if each.findings or each.ignored}

    @property
    def unread(self) -> list[Unread]:
        """Those that could not be read; one without a path by its id."""
        return [
            Unread(each.content.path or each.content.blob, each.problem)
            for each in self.told
            if each.problem is not None
        ]


def read_blobs(
    detector: Detector,
    repository: Repository,
    contents: Sequence[Named],
    ignoring: Ignoring,
    jobs: int | None = None,
) -> ReadBlobs:
    """Scan contents.

    Args:
        detector: what finds secrets.
        repository: in git.
        contents: in the order in which they are read; a content may be there for several paths.
        ignoring: findings that are not reported.
        jobs: number of processes; None for one a core.

    Raises:
        FailedError: a worker was killed.
    """
    chunks = [contents[start : start + CHUNK] for start in range(0, len(contents), CHUNK)]
    scan = BlobScan(detector, repository.root, ignoring)
    files = size = 0
    told: list[ScannedBlob] = []
    try:
        for result in map_files(scan.scan, chunks, jobs, at_once=1, least=_WORTH_FORKING):
            files += result.files
            size += result.size
            told += result.told
    finally:
        scan.close()
    return ReadBlobs(files, size, told)


def report_of(read: ReadBlobs, unread: Sequence[Unread] = ()) -> Report:
    """The report of contents that were read for their paths."""
    findings = in_order(finding for each in read.told for finding in each.findings)
    ignored = in_order_of_place(each for blob in read.told for each in blob.ignored)
    return Report(tuple(findings), ignored, (*unread, *read.unread), read.files, read.size)
