"""Matches as findings: what it is, where, how sure, what to do; of the secret nothing but its beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.findings import Finding, Place
from sopskit.scanner.ignoring import NOTHING
from sopskit.scanner.masking import masked
from sopskit.scanner.places import Ruler
from sopskit.scanner.wide import wide_codec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.findings import IgnoredFinding
    from sopskit.scanner.confirm import Match
    from sopskit.scanner.detector import Detector
    from sopskit.scanner.ignoring import Ignoring
    from sopskit.scanner.sources.blocks import Block
    from sopskit.scanner.wide import Wide

#: A file with a NUL in its beginning is binary, as for git (`buffer_is_binary`).
_BINARY_WITHIN = 8000

#: Sets our hashes of secrets apart from those of others.
_PERSON = b"sopskit scan"


def is_binary(content: bytes | memoryview) -> bool:
    """Whether a text that begins so is that of a binary file."""
    return b"\0" in bytes(content[:_BINARY_WITHIN])


class TextScan:
    """Finds what one text holds, block after block.

    Args:
        detector: what finds secrets.
        path: of the text, for its findings.
        ignoring: findings that are not reported.
        name: says what kind of file it is, where the path does not.

    Attributes:
        ignored: the findings that were not reported.
    """

    def __init__(
        self, detector: Detector, path: str, ignoring: Ignoring = NOTHING, name: str | None = None
    ) -> None:
        self.ignored: list[IgnoredFinding] = []
        self._detector = detector
        self._path = path
        self._name = name or path
        self._ignoring = ignoring
        self._ruler = Ruler()
        self._is_binary: bool | None = None
        self._wide: Wide | None = None

    def findings(self, block: Block) -> Iterator[Finding]:
        """The findings whose secret starts in a block's own part; blocks come in order."""
        if self._is_binary is None:
            self._wide = wide_codec(block.content)
        if self._wide is not None:
            block = self._wide.narrowed(block)
        if self._is_binary is None:
            self._is_binary = is_binary(block.content)
        for match in self._detector.matches(
            block.content, unambiguous=self._is_binary, path=self._name, spans=block.spans
        ):
            if block.low <= match.start < block.high:
                secret = match.decoded or bytes(block.content[match.start : match.end])
                finding = self._finding(match, secret, block)
                ignored = self._ignoring.judged(finding, secret, block.content, match.start)
                if ignored is None:
                    yield finding
                else:
                    self.ignored.append(ignored)
        if block.high < len(block.content):
            end = _between_characters(block.content, block.high)
            self._ruler.position(block.content, block.offset, block.offset + end)

    def _finding(self, match: Match, secret: bytes, block: Block) -> Finding:
        rule = match.rule
        start = self._ruler.position(block.content, block.offset, block.offset + match.start)
        end = self._ruler.position(block.content, block.offset, block.offset + match.end)
        encodings = f" (in {', in '.join(match.encodings)})" if match.encodings else ""
        finding = Finding(
            rule.id,
            Place(self._path, *start, *end),
            rule.severity,
            rule.confidence,
            f"{rule.description}: {masked(secret)}{encodings}",
            rule.hint,
            _fingerprint(rule.id, match.identity or secret),
            why=rule.why,
        )
        return self._ignoring.weighed(finding)


def _between_characters(content: memoryview, offset: int) -> int:
    """An offset, or the one just before it at which a character of UTF-8 begins."""
    return next((place for place in range(offset, offset - 4, -1) if content[place] & 0xC0 != 0x80), offset)


def _fingerprint(id_: str, secret: bytes) -> str:
    """The same wherever the secret stands, another for every other."""
    import hashlib

    content = id_.encode() + b"\0" + secret
    return hashlib.blake2b(content, digest_size=8, person=_PERSON).hexdigest()
