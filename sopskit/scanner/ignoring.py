"""Findings that are known and accepted: by a marker beside the secret, or by the repository's settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import IgnoredFinding

if TYPE_CHECKING:
    from sopskit.findings import Finding
    from sopskit.settings import Ignored

_MARKER = b"sopskit:"

#: How far from a secret its marker may be, in bytes: on a line that is longer, or on lines above.
_NEAR = 1 << 12


class Ignoring(NamedTuple):
    """What `[scan]` of a `.sopskit.toml` says.

    Attributes:
        skip: ids of rules of which nothing is reported.
        ignore: findings that are not reported.
        exclude: globs of files that are not read.
        stopwords: texts, in lowercase; a secret that holds one is none.
    """

    skip: frozenset[str] = frozenset()
    ignore: tuple[Ignored, ...] = ()
    exclude: tuple[str, ...] = ()
    stopwords: tuple[bytes, ...] = ()

    def takes_file(self, path: str) -> bool:
        """Whether a file is not to be read."""
        if not self.exclude:
            return False
        from sopskit.text import globs

        return any(globs.matches(glob, path) for glob in self.exclude)

    def judged(
        self, finding: Finding, secret: bytes, content: bytes | bytearray | memoryview, start: int
    ) -> IgnoredFinding | None:
        """The finding as one that is ignored; None where it is to be reported.

        Args:
            finding: it.
            secret: of which it is.
            content: the text around it.
            start: where it stands in the text, in bytes.
        """
        if _is_marked(finding.id, content, start):
            return IgnoredFinding(finding, inline=True, reason="")
        if finding.id in self.skip:
            return IgnoredFinding(finding, inline=False, reason="the rule is skipped")
        if self.stopwords and any(word in secret.lower() for word in self.stopwords):
            return IgnoredFinding(finding, inline=False, reason="a stopword")
        for each in self.ignore:
            if each.id == finding.id and _is_at(each.path, finding.path):
                return IgnoredFinding(finding, inline=False, reason=each.reason)
        return None


NOTHING = Ignoring()


def _is_at(glob: str, path: str) -> bool:
    from sopskit.text import globs

    return not glob or globs.matches(glob, path)


def _is_marked(id_: str, content: bytes | bytearray | memoryview, start: int) -> bool:
    """Whether a marker names the rule, on the line where the secret starts or alone on lines above."""
    low = max(0, start - _NEAR)
    around = bytes(content[low : start + _NEAR])
    line_end = around.find(b"\n", start - low)
    if line_end >= 0:
        around = around[:line_end]
    if _MARKER not in around:
        return False
    from sopskit.text.ignores import Markers

    text = around.decode("utf-8", "replace")
    return Markers(text).at(text.count("\n") + 1, id_) is not None
