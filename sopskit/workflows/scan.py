"""Scanning for leaked secrets: what is read, by how many processes, and what is reported."""

from __future__ import annotations

import os
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.findings import Unread, in_order
from sopskit.output.amounts import count
from sopskit.repo import git
from sopskit.repo.discovery import Repository
from sopskit.scanner.sources.standard_input import scan_standard_input
from sopskit.scanner.sources.tree import FileScan, below, walk
from sopskit.settings import SETTINGS_NAME
from sopskit.text.shown import shown
from sopskit.workflows.parallel import map_files
from sopskit.workflows.scan_accepted import Accepted
from sopskit.workflows.scan_completeness import completed
from sopskit.workflows.scan_detector import detector_with
from sopskit.workflows.scan_report import Report, in_order_of_place, without_known
from sopskit.workflows.scan_submodules import Entered, entered, not_read, submodules_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.scanner.ignoring import Ignoring
    from sopskit.scanner.own_rules import OwnRule
    from sopskit.scanner.sources.tree import Scanned
    from sopskit.workflows.scan_known import Known


NOTHING_ACCEPTED = Accepted()

#: Files from which on other processes are worth it whatever their size, and how many of them one takes then.
_MANY, _AT_ONCE = 100, 32

#: Bytes from which on other processes are worth it for few files.
_WORTH_FORKING = 16 << 20


def scan_tree(
    repository: Repository,
    start: Path,
    names: Sequence[str],
    jobs: int | None = None,
    accepted: Accepted = NOTHING_ACCEPTED,
    *,
    submodules: bool = False,
) -> Report:
    """Scan the files of a repository that git does not ignore.

    Args:
        repository: where they are.
        start: the working directory.
        names: files and folders, relative to `start`; none for the whole repository. What is named is scanned
            though git ignores it.
        jobs: number of processes; None for one a core.
        accepted: what is not reported.
        submodules: read those that are checked out too.

    Raises:
        UsageError: nothing is at one of the names.
        FailedError: git failed, or a folder cannot be read.
        ConfigurationError: a rule is not valid.
    """
    paths, unread = _paths(repository, start, names)
    more, said = _of_submodules(repository, start, names, enter=submodules)
    paths, notes = _without_excluded(
        sorted({*paths, *more.paths}) if more.paths else paths, accepted.ignoring
    )
    unread, notes = [*unread, *more.unread], (*notes, *said)
    scan = FileScan(
        detector_with(accepted.rules, accepted.known), str(repository.root), accepted.ignoring
    ).scan
    chunks, least = _chunks(repository, paths)
    results = map_files(scan, chunks, jobs, at_once=1, least=least)
    report = without_known(_report(chain.from_iterable(results), unread, notes), accepted.baseline)
    return completed(report, accepted)


def _chunks(repository: Repository, paths: Sequence[str]) -> tuple[list[Sequence[str]], int]:
    """What a process takes at once, and the number of chunks from which on other processes are worth it."""
    if len(paths) < _MANY:
        size = sum(map(_size_of, (repository.root / path for path in paths)))
        return [[path] for path in paths], 2 if size >= _WORTH_FORKING else _MANY
    return [paths[start : start + _AT_ONCE] for start in range(0, len(paths), _AT_ONCE)], 2


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def scan_stdin(rules: Sequence[OwnRule] = (), known: Known | None = None) -> Report:
    """Scan standard input.

    Args:
        rules: own rules.
        known: decrypted values; or None.

    Raises:
        ConfigurationError: a rule is not valid.
    """
    report = _report([scan_standard_input(detector_with(rules, known))], ())
    return completed(report, Accepted(rules=tuple(rules), known=known))


def repository_of(start: Path, names: Sequence[str]) -> Repository:
    """The repository that holds what is to be scanned: that of the first name, or of the working directory.

    Raises:
        UsageError: nothing is there.
        ConfigurationError: git refuses the repository.
        ToolMissingError: it is a git repository, but git is not installed.
    """
    if not names:
        return Repository.open(start)
    first = start / names[0]
    if not os.path.lexists(first):
        raise _nothing_at(names[0])
    return Repository.open(first if first.is_dir() else first.parent)


def _paths(repository: Repository, start: Path, names: Sequence[str]) -> tuple[list[str], list[Unread]]:
    """The files to scan, sorted, and the folders that could not be read.

    Raises:
        UsageError: nothing is at one of the names.
    """
    unread: list[Unread] = []
    if repository.in_git:
        known = git.list_files(repository.root)
    else:
        known, unread = _walked(repository, ".")
    if not names:
        return sorted(known), unread
    paths: set[str] = set()
    for name in names:
        found = below(known, repository.relative(start / name))
        if not found:
            found, more = _unknown(repository, start, name)
            unread += more
        paths.update(found)
    return sorted(paths), unread


def _of_submodules(
    repository: Repository, start: Path, names: Sequence[str], *, enter: bool
) -> tuple[Entered, tuple[str, ...]]:
    """What submodules hold, and a word on those that were not entered."""
    if not repository.in_git:
        return Entered([], [], 0), ()
    tops = [repository.relative(start / name) for name in names] or ["."]
    if enter:
        found = entered(repository, tops)
        return found, not_read(found.missing)
    number = sum(any(below([path], top) for top in tops) for path in submodules_of(repository.root))
    return Entered([], [], 0), not_read(number)


def _unknown(repository: Repository, start: Path, name: str) -> tuple[list[str], list[Unread]]:
    """What is at a name of which git tells nothing: it is ignored, or a folder without a file."""
    absolute = start / name
    if absolute.is_dir():
        return _walked(repository, repository.relative(absolute))
    if not os.path.lexists(absolute):
        raise _nothing_at(name)
    return [repository.relative(absolute)], []


def _walked(repository: Repository, folder: str) -> tuple[list[str], list[Unread]]:
    found, failures = walk(str(repository.root), folder)
    return found, [Unread(*failure) for failure in failures]


def _nothing_at(name: str) -> UsageError:
    return UsageError(f"{shown(name)}: no file is there")


def _without_excluded(paths: Sequence[str], ignoring: Ignoring) -> tuple[list[str], tuple[str, ...]]:
    """The files that the settings do not leave out, and a word on those that they do."""
    globs = {path: ignoring.excluding(path) for path in paths} if ignoring.exclude else {}
    numbers = Counter(glob for glob in globs.values() if glob is not None)
    if not numbers:
        return list(paths), ()
    named = ", ".join(f"{shown(glob)} ({number})" for glob, number in sorted(numbers.items()))
    notes = (f"{SETTINGS_NAME} leaves out {count(numbers.total(), 'file')}: {named}",)
    return [path for path in paths if globs[path] is None], notes


def _report(
    results: Iterable[Scanned | int | None], unread: Sequence[Unread], notes: tuple[str, ...] = ()
) -> Report:
    findings: list[Finding] = []
    ignored: list[IgnoredFinding] = []
    problems = list(unread)
    files = size = 0
    for result in results:
        if result is None:
            continue
        files += 1
        if isinstance(result, int):
            size += result
            continue
        size += result.size
        findings += result.findings
        ignored += result.ignored
        if result.problem is not None:
            problems.append(Unread(result.path, result.problem))
    return Report(
        tuple(in_order(findings)), in_order_of_place(ignored), tuple(problems), files, size, notes=notes
    )
