"""Contents of git as a source: blob after blob from one `git cat-file --batch` a process."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo import git
from sopskit.scanner.contents import ContentScan
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.sources.blocks import Buffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.process import Conversation
    from sopskit.repo.objects import Named
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring

#: Contents that are asked for at once: the questions fit into a pipe, so that nobody waits for us to read.
CHUNK = 16

_LOST = "is not in this clone, or damaged"


class ScannedBlob(NamedTuple):
    """A content with findings, or one that could not be read.

    Attributes:
        content: it.
        findings: in order of place.
        problem: why it could not be read; None where all went well.
        ignored: findings that are not reported.
    """

    content: Named
    findings: tuple[Finding, ...] = ()
    problem: str | None = None
    ignored: tuple[IgnoredFinding, ...] = ()


class ScannedBlobs(NamedTuple):
    """What came of some contents.

    Attributes:
        files: how many were read.
        size: their bytes.
        told: those of which there is something to say.
    """

    files: int
    size: int
    told: tuple[ScannedBlob, ...]


class BlobScan:
    """Scans contents of git; each process that uses it starts a git of its own.

    Args:
        detector: what finds secrets.
        root: a folder of the repository.
        ignoring: findings that are not reported.
    """

    def __init__(self, detector: Detector, root: Path, ignoring: Ignoring = NOTHING) -> None:
        self._ignoring = ignoring
        self._detector = detector
        self._root = root
        self._buffer = Buffer()
        self._stack = ExitStack()
        self._git: Conversation | None = None
        self._process = 0

    def scan(self, contents: Sequence[Named]) -> ScannedBlobs:
        """What some contents hold; no more than `CHUNK`."""
        files = size = 0
        told: list[ScannedBlob] = []
        rest = list(contents)
        while rest:
            try:
                for read, result in self._answers(rest):
                    rest.pop(0)
                    if read is not None:
                        files, size = files + 1, size + read
                    if result is not None:
                        told.append(result)
            except (FailedError, OSError, ValueError):  # git ends at an object that is damaged
                self.close()
                told.append(ScannedBlob(rest.pop(0), (), _LOST))
        return ScannedBlobs(files, size, tuple(told))

    def close(self) -> None:
        """End git; the next content starts it again."""
        if self._process == os.getpid():
            self._stack.close()
        self._stack, self._git = ExitStack(), None

    def _answers(self, contents: Sequence[Named]) -> Iterator[tuple[int | None, ScannedBlob | None]]:
        """For each content its size, and what is to be said of it; None each where there is nothing."""
        asked = self._conversation()
        asked.questions.write(b"".join(content.blob.encode("ascii") + b"\n" for content in contents))
        asked.questions.flush()
        for content in tuple(contents):
            header = asked.answers.readline().split()
            if not header:
                raise FailedError("git ended before it had answered")
            if len(header) != 3:
                yield None, ScannedBlob(content, (), _LOST)
                continue
            size = int(header[2])
            result = self._scan(content, _reader(asked, size))
            asked.read(1)
            yield size, result

    def _scan(self, content: Named, read: Callable[[memoryview], int]) -> ScannedBlob | None:
        scan = ContentScan(self._detector, content.path, self._ignoring)
        blocks = self._buffer.blocks_of(read)
        findings = tuple(finding for block in blocks for finding in scan.findings(block))
        if not findings and not scan.ignored and scan.problem is None:
            return None
        return ScannedBlob(content, findings, scan.problem, tuple(scan.ignored))

    def _conversation(self) -> Conversation:
        if self._git is None or self._process != os.getpid():  # that of the parent process answers it alone
            self._stack = ExitStack()
            self._process = os.getpid()
            self._git = self._stack.enter_context(git.conversation(self._root, "cat-file", "--batch"))
        return self._git


def _reader(answer: Conversation, size: int) -> Callable[[memoryview], int]:
    """What reads the next bytes of an answer, as many as that."""

    def read(view: memoryview) -> int:
        nonlocal size
        if size == 0:
            return 0
        number = answer.answers.readinto(view[:size])  # type: ignore[attr-defined]  # a buffered reader
        if not number:
            raise FailedError("git ended before it had answered")
        size -= number
        return int(number)

    return read
