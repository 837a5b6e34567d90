"""Scanning the whole history: every content of git once, and of those that were clean before none."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Unread
from sopskit.repo.git_history import ALL, is_shallow, objects_here
from sopskit.repo.objects import all_blobs, blobs_of
from sopskit.repo.remembered import recall
from sopskit.repo.trees import require_git
from sopskit.scanner import loading
from sopskit.scanner.file_kinds import kind_of_file
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.structure import syntax_of
from sopskit.workflows.scan_blobs import read_blobs
from sopskit.workflows.scan_detector import detector_with
from sopskit.workflows.scan_origins import Secrets, head_of, origins_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.repo.discovery import Repository
    from sopskit.repo.objects import Named
    from sopskit.repo.remembered import Remembered
    from sopskit.scanner.own_rules import OwnRule
    from sopskit.workflows.scan_accepted import Accepted
    from sopskit.workflows.scan_report import Report

_MEMORY = "sopskit-scan"

_UNSHALLOW = "this clone is shallow: older commits are not here; git fetch --unshallow gets them"
_REFETCH = "are not in this partial clone; git fetch --refetch --no-filter gets them"


class _Clean(NamedTuple):
    """The contents in which nothing was found, by this version of scanner and rules."""

    memory: Remembered
    version: bytes
    size: int  # bytes of an id

    def known(self) -> set[bytes]:
        """Their ids."""
        prefix, size = self._prefix(), self.size
        return {
            entry[start : start + size]
            for key, entry in self.memory.entries.items()
            if key.startswith(prefix)
            for start in range(0, len(entry), size)
        }

    def add(self, blobs: Iterable[str]) -> None:
        """Remember more."""
        ids = b"".join(map(bytes.fromhex, blobs))
        if ids:
            self.memory.add({self._prefix() + os.urandom(8): ids})

    def _prefix(self) -> bytes:
        return self.version + bytes([self.size])


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
    detector = detector_with(accepted.rules)
    blobs = all_blobs(repository)
    clean = _recall(repository, len(blobs[0]) // 2 if blobs else 0, accepted.rules)
    known = clean.known()
    new = [blob for blob in blobs if bytes.fromhex(blob) not in known] if known else blobs
    origins = origins_of(repository, ALL, set(new))
    contents = [each for each in _contents(new, origins) if not accepted.ignoring.takes_file(each.path)]
    read = read_blobs(detector, repository, contents, NOTHING, jobs)
    told = {each.content.blob for each in read.told}
    clean.add({each.blob: None for each in contents if each.blob not in told})
    hits = read.hits
    found = {content: origin for content, origin in origins.items() if content.blob in hits}
    report = Secrets(detector, repository, head_of(repository)).report(found, accepted)
    return report._replace(
        unread=(*_holes(repository), *read.unread, *report.unread),
        files=read.files,
        size=read.size,
        remembered=len(blobs) - len(new),
    )


def _contents(blobs: Sequence[str], origins: Iterable[Named]) -> Iterator[Named]:
    """Each content with a path; with several where those say that it is another kind of file."""
    paths: dict[str, dict[tuple[object, ...], Named]] = {}
    for each in origins:
        kind = (syntax_of(each.path), kind_of_file(each.path))
        paths.setdefault(each.blob, {}).setdefault(kind, each)
    for blob in blobs:
        yield from paths.get(blob, {}).values()


def _recall(repository: Repository, size: int, rules: Sequence[OwnRule]) -> _Clean:
    version = loading.version()
    if rules:
        import hashlib

        version = hashlib.sha256(version + repr([each.rule for each in rules]).encode()).digest()[:16]
    return _Clean(recall(repository.state_dir, _MEMORY, zlib.crc32(version)), version, size)


def _holes(repository: Repository) -> Sequence[Unread]:
    """What this clone lacks of the history."""
    holes = [Unread("history", _UNSHALLOW)] if is_shallow(repository) else []
    if objects_here(repository) is not None:
        missing = len(blobs_of(repository, ALL).missing)
        if missing:
            holes.append(Unread("history", f"{missing} contents {_REFETCH}"))
    return holes
