"""Findings that are known and accepted: by a marker beside the secret, or by the repository's settings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sopskit.findings import IgnoredFinding
from sopskit.settings import SETTINGS_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.findings import Finding, Severity
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
        stopwords: pairs of a text, in lowercase, and the rule of which a secret that holds it is none; "" for
            every rule.
        severity: of findings, by the id of their rule.
    """

    skip: frozenset[str] = frozenset()
    ignore: tuple[Ignored, ...] = ()
    exclude: tuple[str, ...] = ()
    stopwords: tuple[tuple[bytes, str], ...] = ()
    severity: Mapping[str, Severity] = MappingProxyType({})

    def excluding(self, path: str) -> str | None:
        """The glob for which a file is not to be read; None for one that is."""
        if not self.exclude:
            return None
        from sopskit.text import globs

        return next((glob for glob in self.exclude if globs.matches(glob, path)), None)

    def takes_file(self, path: str) -> bool:
        """Whether a file is not to be read."""
        return self.excluding(path) is not None

    def weighed(self, finding: Finding) -> Finding:
        """The finding with the severity that it is to have, and with a word on that."""
        severity = self.severity.get(finding.id, finding.severity)
        if severity is finding.severity:
            return finding
        message = f"{finding.message} ({severity} by {SETTINGS_NAME}, else {finding.severity})"
        return finding._replace(severity=severity, message=message)

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
        if self.stopwords and self._is_stopped(finding.id, secret.lower()):
            return IgnoredFinding(finding, inline=False, reason="a stopword")
        for each in self.ignore:
            if each.id == finding.id and _is_at(each.path, finding.path):
                return IgnoredFinding(finding, inline=False, reason=each.reason)
        return None

    def _is_stopped(self, id_: str, secret: bytes) -> bool:
        return any(word in secret and rule in ("", id_) for word, rule in self.stopwords)


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
