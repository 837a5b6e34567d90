"""Contents of git as a source: many at once from one `git cat-file --batch` a process."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo import git
from sopskit.scanner.contents import ContentScan
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.sources.answers import Answers
from sopskit.scanner.sources.blocks import Buffer
from sopskit.scanner.sources.joined import blocks_to_look_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.repo.objects import Named
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring
    from sopskit.scanner.sources.answers import Place
    from sopskit.scanner.sources.blocks import Block

#: Contents that are asked for at once: the questions fit into a pipe, so that nobody waits for us to read.
CHUNK = 64

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

    def with_part(self, part: _Part) -> ScannedBlobs:
        """The same and some more."""
        return ScannedBlobs(self.files + part.files, self.size + part.size, self.told + part.told)


class _Part(NamedTuple):
    """What came of some of the contents; the rest as in `ScannedBlobs`."""

    number: int
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
        self._buffer: Buffer | None = None
        self._stack = ExitStack()
        self._answers: Answers | None = None
        self._process = 0

    def scan(self, contents: Sequence[Named]) -> ScannedBlobs:
        """What some contents hold; no more than `CHUNK`."""
        total = ScannedBlobs(0, 0, ())
        place = 0
        while place < len(contents):
            for part in self._parts(contents[place:]):
                place += part.number
                total = total.with_part(part)
        return total

    def close(self) -> None:
        """End git; the next content starts it again."""
        if self._process == os.getpid():
            self._stack.close()
        self._stack, self._answers = ExitStack(), None

    def _parts(self, contents: Sequence[Named]) -> Iterator[_Part]:
        """What came of the next contents, up to the first that cannot be read, which is the last one then."""
        place = 0
        try:
            answers = self._ask(contents)
            while place < len(contents):
                places = answers.next(len(contents) - place)
                now = contents[place : place + max(1, len(places))]
                part = self._joined(now, answers.view, places) if places else self._large(now[0], answers)
                place += part.number
                yield part
        except (FailedError, OSError, ValueError):  # git ends at an object that is damaged
            self.close()
            yield _Part(1, 0, 0, (ScannedBlob(contents[place], (), _LOST),))

    def _joined(self, contents: Sequence[Named], view: memoryview, places: Sequence[Place | None]) -> _Part:
        """What contents hold that lie in one buffer."""
        told = [
            ScannedBlob(each, (), _LOST) for each, place in zip(contents, places, strict=True) if not place
        ]
        here = [(each, place) for each, place in zip(contents, places, strict=True) if place]
        for number, block in blocks_to_look_at(self._detector, view, [place for _, place in here]):
            result = self._scan(here[number][0], (block,))
            if result is not None:
                told.append(result)
        size = sum(place.end - place.start for _, place in here)
        return _Part(len(contents), len(here), size, tuple(told))

    def _large(self, content: Named, answers: Answers) -> _Part:
        size, read = answers.large()
        if self._buffer is None:
            self._buffer = Buffer()
        result = self._scan(content, self._buffer.blocks_of(read))
        return _Part(1, 1, size, () if result is None else (result,))

    def _scan(self, content: Named, blocks: Iterable[Block]) -> ScannedBlob | None:
        scan = ContentScan(self._detector, content.path, self._ignoring)
        findings = tuple(finding for block in blocks for finding in scan.findings(block))
        if not findings and not scan.ignored and scan.problem is None:
            return None
        return ScannedBlob(content, findings, scan.problem, tuple(scan.ignored))

    def _ask(self, contents: Sequence[Named]) -> Answers:
        """Ask git for contents; it is started where it does not run yet."""
        if self._answers is None or self._process != os.getpid():  # that of the parent answers it alone
            self._stack = ExitStack()
            self._process = os.getpid()
            asked = self._stack.enter_context(git.conversation(self._root, "cat-file", "--batch"))
            self._questions = asked.questions
            self._answers = Answers(asked.answers.fileno())
        self._questions.write(b"".join(content.blob.encode("ascii") + b"\n" for content in contents))
        self._questions.flush()
        return self._answers
