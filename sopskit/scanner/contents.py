"""Finding what one content holds: as a text, and where it is an archive, in the files in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.findings import Place
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.results import TextScan
from sopskit.scanner.sources.blocks import Block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.findings import Finding
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring

#: Beginnings of archives and compressed files, by their first byte; the rest is looked at in `archives`.
_FIRST = frozenset(b"P\x1fB\xfd")
_TAR = slice(257, 262)


class ContentScan(TextScan):
    """As `TextScan`, and for archives the secrets in their files, as findings of the archive as a whole.

    Attributes:
        problem: why not all was looked at; None where it was.
    """

    def __init__(self, detector: Detector, path: str, ignoring: Ignoring = NOTHING, depth: int = 0) -> None:
        super().__init__(detector, path, ignoring)
        self.problem: str | None = None
        self._depth = depth
        self._archive: bytearray | None = None

    def findings(self, block: Block) -> Iterator[Finding]:
        """See `TextScan`."""
        if block.size == len(block.content) and _may_be_archive(block.content):
            self._archive = bytearray()
        content = bytes(block.content[block.low : block.high]) if self._archive is not None else b""
        is_last = block.high == len(block.content)
        yield from super().findings(block)
        if self._archive is None:
            return
        from sopskit.scanner.archives import LARGEST

        self._archive += content
        if len(self._archive) > LARGEST:
            self._archive = None
            self.problem = f"is an archive of more than {LARGEST >> 20} MiB, and was not looked into"
        elif is_last:
            yield from self._of_members(bytes(self._archive))

    def _of_members(self, content: bytes) -> Iterator[Finding]:
        from sopskit.scanner.archives import LARGEST, MAX_DEPTH, TooLargeError, members

        if self._depth == MAX_DEPTH:
            return
        try:
            for name, inside in members(content):
                scan = ContentScan(self._detector, name or self._path, self._ignoring, self._depth + 1)
                block = Block(memoryview(inside), 0, len(inside), 0, len(inside))
                for finding in scan.findings(block) if inside else ():
                    yield self._of_member(finding, name)
                self.ignored += [
                    each._replace(finding=self._of_member(each.finding, name)) for each in scan.ignored
                ]
                self.problem = self.problem or scan.problem
        except TooLargeError:
            self.problem = f"holds more than {LARGEST >> 20} MiB unpacked, and was not looked into to its end"

    def _of_member(self, finding: Finding, name: str) -> Finding:
        where = f", in {name}" if name else ""
        line = f" line {finding.place.line}" if finding.place.line and name else ""
        return finding._replace(place=Place(self._path), message=f"{finding.message}{where}{line}")


def _may_be_archive(content: memoryview) -> bool:
    if not content or (content[0] not in _FIRST and bytes(content[_TAR]) != b"ustar"):
        return False
    from sopskit.scanner.archives import is_archive

    return is_archive(content)
