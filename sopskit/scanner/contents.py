"""Finding what one content holds: as a text, and where it is an archive, in the files in it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import Place
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.results import TextScan
from sopskit.scanner.sources.blocks import BLOCK, Block, Buffer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.findings import Finding
    from sopskit.scanner.archives import Budget
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring

#: Beginnings of archives and compressed files, by their first byte; the rest is looked at in `archives`.
_FIRST = frozenset(b"P\x1fB\xfd\x28")
_TAR = slice(257, 262)

#: Of one of these a text in UTF-16 has one in its first two bytes.
_WIDE = frozenset(b"\0\xfe\xff")

#: Endings of compressed files, behind which the name of what they hold has its own.
_ENDINGS = (".gz", ".bz2", ".xz", ".zst")

_IN_IT = "in it, "

_NAMED = 3  # files that were not read, in a problem
_LONGEST_NAME = 200


class _Inside(NamedTuple):
    """Where in an archive a file is.

    Attributes:
        name: of the file.
        depth: how many archives it is in.
        budget: of the outermost one.
    """

    name: str
    depth: int
    budget: Budget


class ContentScan(TextScan):
    """As `TextScan`, and for archives the secrets in their files, as findings of the archive as a whole.

    Args:
        detector: what finds secrets.
        path: of the text, for its findings.
        ignoring: findings that are not reported.
        inside: the archive of that path where the text is that of a file in it.

    Attributes:
        problems: why not all was looked at.
    """

    def __init__(
        self, detector: Detector, path: str, ignoring: Ignoring = NOTHING, inside: _Inside | None = None
    ) -> None:
        super().__init__(detector, path, ignoring, inside.name if inside is not None else None)
        self.problems: list[str] = []
        self._inside = inside
        self._archive: bytearray | None = None
        self._held: list[Finding] = []

    @property
    def problem(self) -> str | None:
        """Why not all was looked at; None where it was."""
        named = "; ".join(self.problems[:_NAMED])
        more = f"; and {len(self.problems) - _NAMED} more" if len(self.problems) > _NAMED else ""
        return f"{named}{more}" or None

    def findings(self, block: Block) -> Iterator[Finding]:
        """See `TextScan`; those of an archive come with its last block."""
        if block.size == len(block.content) and _may_be_archive(block.content):
            self._archive = bytearray()
        if self._archive is None:
            yield from super().findings(block)
            return
        from sopskit.scanner.archives import LARGEST

        self._archive += block.content[block.low : block.high]
        is_last = block.high == len(block.content)
        self._held += super().findings(block)
        if len(self._archive) > LARGEST:
            self._archive = None
            self.problems.append(f"is an archive of more than {LARGEST >> 20} MiB, and was not looked into")
            yield from self._held
        elif is_last:
            content, self._archive = bytes(self._archive), None
            yield from self._of_archive(content)

    def _findings_of(self, content: bytes) -> Iterator[Finding]:
        """The findings of a whole content."""
        if len(content) <= BLOCK:
            blocks = iter([Block(memoryview(content), 0, len(content), 0, len(content))] if content else [])
        else:
            blocks = Buffer().blocks_of(io.BytesIO(content).readinto)
        if not _may_be_archive(memoryview(content)):
            for block in blocks:
                yield from super().findings(block)
            return
        for block in blocks:
            self._held += super().findings(block)
        yield from self._of_archive(content)

    def _of_archive(self, content: bytes) -> Iterator[Finding]:
        """What is in an archive, and what was found in its bytes and is not of a file that is stored so."""
        outside = self.ignored.copy()
        found = list(self._of_members(content))
        inside = {each.fingerprint for each in found}
        inside.update(each.finding.fingerprint for each in self.ignored[len(outside) :])
        yield from found
        yield from (each for each in self._held if each.fingerprint not in inside)
        kept = [each for each in outside if each.finding.fingerprint not in inside]
        self.ignored[: len(outside)] = kept

    def _of_members(self, content: bytes) -> Iterator[Finding]:
        from sopskit.scanner.archives import MAX_DEPTH, Budget, members
        from sopskit.scanner.unpacking import TooLargeError
        from sopskit.text.shown import shown

        at = self._inside or _Inside(self._name, 0, Budget())
        if at.depth == MAX_DEPTH:
            self.problems.append("is nested too deep, and was not looked into")
            return
        try:
            for member in members(content, at.budget, at.depth):
                name = shown(member.name[:_LONGEST_NAME])
                inside = _Inside(_name_of(member.name, at.name), at.depth + 1, at.budget)
                scan = ContentScan(self._detector, self._path, self._ignoring, inside)
                for finding in scan._findings_of(member.content):
                    yield _within(finding, name)
                self.ignored += [each._replace(finding=_within(each.finding, name)) for each in scan.ignored]
                problems = [*([member.problem] if member.problem else []), *scan.problems]
                self.problems += [_problem_within(each, name) for each in problems]
        except TooLargeError:
            self.problems.append("holds more than is unpacked, and was not looked into to its end")


def _name_of(member: str, archive: str) -> str:
    """What a file in an archive is to be taken for."""
    if member:
        return f"{archive}/{member}"
    return next((archive.removesuffix(each) for each in _ENDINGS if archive.endswith(each)), archive)


def _within(finding: Finding, name: str) -> Finding:
    """A finding in a file of an archive, as one of the archive."""
    where = f", in {name}" if name else ""
    line = f" line {finding.place.line}" if finding.place.line and name else ""
    return finding._replace(place=Place(finding.path), message=f"{finding.message}{where}{line}")


def may_hold_more(content: memoryview) -> bool:
    """Whether more may be found in a content than triggers see in its bytes: in an archive, in UTF-16."""
    is_wide = any(byte in _WIDE for byte in content[:2])
    return is_wide or content[0] in _FIRST or bytes(content[_TAR]) == b"ustar"


def _problem_within(problem: str, name: str) -> str:
    if not name:
        return problem
    is_further_in = problem.startswith(_IN_IT)
    return f"{_IN_IT}{name}/{problem.removeprefix(_IN_IT)}" if is_further_in else f"{_IN_IT}{name} {problem}"


def _may_be_archive(content: memoryview) -> bool:
    if not content or (content[0] not in _FIRST and bytes(content[_TAR]) != b"ustar"):
        return False
    from sopskit.scanner.archives import is_archive

    return is_archive(content)
