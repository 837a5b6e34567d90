"""The files of a folder as a source: git's list, or all there is; links are not followed.

Files are named relative to the root, with `/`; bytes that are no text as surrogates (`os.fsdecode`).
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from sopskit.repo.names import CLOSED_FOLDERS
from sopskit.scanner.contents import ContentScan
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.sources.blocks import Buffer
from sopskit.scanner.sources.joined import blocks_to_look_at
from sopskit.scanner.sources.small_files import MOST, SmallFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring

#: Without O_NONBLOCK a pipe would be waited for; with O_NOFOLLOW a link is an error. What it leads to is in
#: the tree itself, or none of it.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY


class Scanned(NamedTuple):
    """What came of one file.

    Attributes:
        path: of the file.
        size: how many bytes of it were read.
        findings: in order of place.
        problem: why it could not be read, or not to its end; None where all went well.
        ignored: findings that are not reported.
    """

    path: str
    size: int
    findings: tuple[Finding, ...] = ()
    problem: str | None = None
    ignored: tuple[IgnoredFinding, ...] = ()


class FileScan:
    """Scans files, small ones many at once.

    Args:
        detector: what finds secrets.
        root: the folder that paths are relative to.
        ignoring: findings that are not reported.
    """

    def __init__(self, detector: Detector, root: str, ignoring: Ignoring = NOTHING) -> None:
        self._ignoring = ignoring
        self._detector = detector
        self._prefix = root if root.endswith("/") else f"{root}/"
        self._buffer = Buffer()
        self._small = SmallFiles()
        self._told: dict[str, Scanned] = {}  # of small files
        self._linked: dict[str, bool] = {"": False}  # folders, and whether a link leads to them

    def scan(self, paths: Sequence[str]) -> list[Scanned | int | None]:
        """What each of some files holds.

        Returns:
            For a file its size alone where there is nothing to say of it, which is quickly passed between
            processes; None where no file to scan stands there: it is gone, or it is a link, a folder, or a
            device.
        """
        results = [self._read(path) for path in paths]
        self._search()
        told, self._told = self._told, {}
        return [told.get(path, result) for path, result in zip(paths, results, strict=True)]

    def _read(self, path: str) -> Scanned | int | None:
        """What one file holds; of a small one only its size, and the rest with the next search."""
        if self._is_linked(path.rpartition("/")[0]):  # git lists what was there before the link
            return None
        try:
            descriptor = os.open(self._prefix + path, _FLAGS)
        except OSError as error:
            return None if _is_no_file(self._prefix + path) else Scanned(path, 0, (), error.strerror or "")
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > MOST:
                return self._scan(path, descriptor)
            if not self._small.has_room_for(status.st_size):
                self._search()
            size = self._small.read(path, descriptor, status.st_size)
            return self._scan(path, descriptor) if size is None else size
        except OSError as error:
            return Scanned(path, 0, (), error.strerror or "")
        finally:
            os.close(descriptor)

    def _is_linked(self, folder: str) -> bool:
        """Whether a link leads to a folder; O_NOFOLLOW is about the last part of a path alone."""
        parts = []
        while folder not in self._linked:
            parts.append(folder)
            folder = folder.rpartition("/")[0]
        for part in reversed(parts):
            self._linked[part] = self._linked[folder] or _is_link(self._prefix + part)
            folder = part
        return self._linked[folder]

    def _search(self) -> None:
        """Scan the small files that were read."""
        paths, places = self._small.paths, self._small.places
        for number, block in blocks_to_look_at(self._detector, self._small.view, places):
            scan = ContentScan(self._detector, paths[number], self._ignoring)
            findings = tuple(scan.findings(block))
            if findings or scan.ignored or scan.problem is not None:
                scanned = Scanned(paths[number], block.size, findings, scan.problem, tuple(scan.ignored))
                self._told[paths[number]] = scanned
        self._small.clear()

    def _scan(self, path: str, descriptor: int) -> Scanned | int:
        findings: list[Finding] = []
        size = 0
        scan = ContentScan(self._detector, path, self._ignoring)
        try:
            for block in self._buffer.blocks(descriptor):
                findings += scan.findings(block)
                size = block.size
        except OSError as error:
            return Scanned(path, size, tuple(findings), error.strerror or "", tuple(scan.ignored))
        if not findings and not scan.ignored and scan.problem is None:
            return size
        return Scanned(path, size, tuple(findings), scan.problem, tuple(scan.ignored))


def _is_link(path: str) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False


def _is_no_file(path: str) -> bool:
    """Whether there is no regular file: what cannot be opened may be a link, a socket, or deleted."""
    try:
        return not stat.S_ISREG(os.lstat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False


def below(paths: Iterable[str], top: str) -> list[str]:
    """Those of the paths that are `top` or lie below it; all where it is `.`."""
    if top == ".":
        return list(paths)
    return [path for path in paths if path == top or path.startswith(f"{top}/")]


def walk(root: str, top: str = ".") -> tuple[list[str], list[tuple[str, str]]]:
    """All files below a folder whatever git says, and the folders that could not be read, and why.

    `.git` is not entered, on whatever level; neither are links. Without recursion: a tree may be deeper than
    Python's stack.

    Args:
        root: what paths are relative to.
        top: the folder, relative to `root`.
    """
    found: list[str] = []
    failures: list[tuple[str, str]] = []
    folders = ["" if top == "." else f"{top}/"]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(f"{root}/{folder}") as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in CLOSED_FOLDERS:
                            folders.append(f"{folder}{entry.name}/")
                    elif entry.is_file(follow_symlinks=False):
                        found.append(folder + entry.name)
        except OSError as error:
            failures.append((folder.removesuffix("/") or ".", error.strerror or "cannot be read"))
    return found, failures
