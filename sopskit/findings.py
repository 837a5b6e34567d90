"""One finding: what is wrong, where, how bad and how sure; audits and the scanner give these."""

from __future__ import annotations

import re
from bisect import bisect_left
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How bad it is; `info` never fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Confidence(StrEnum):
    """How sure it is that the finding is meant."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Place(NamedTuple):
    """A span of a file. Lines and columns count from 1, columns in characters; the end is behind the span.

    Attributes:
        path: relative to the repository, with `/`.
        line: 0, and so all others, where the file as a whole is meant.
        column: as `line`.
        end_line: as `line`.
        end_column: as `line`.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    @classmethod
    def of_span(cls, path: str, text: str, start: int, end: int) -> Place:
        """The place of `text[start:end]`, lines ending with a line feed."""
        feeds = _line_feeds(text)
        first, last = bisect_left(feeds, start), bisect_left(feeds, end)
        return cls(
            path,
            first + 1,
            start - (feeds[first - 1] if first else -1),
            last + 1,
            end - (feeds[last - 1] if last else -1),
        )

    @classmethod
    def of_line(cls, path: str, text: str, line: int) -> Place:
        """The place of a whole line (from 1), without the blanks around it."""
        feeds = _line_feeds(text)
        start = feeds[line - 2] + 1 if 1 < line <= len(feeds) + 1 else 0
        end = feeds[line - 1] if line <= len(feeds) else len(text)
        content = text[start:end].rstrip() if line <= len(feeds) + 1 else ""
        return cls(path, line, len(content) - len(content.lstrip()) + 1, line, len(content) + 1)


@lru_cache(maxsize=8)  # many findings may be in one text, and each would count its lines anew
def _line_feeds(text: str) -> list[int]:
    """Where the line feeds of a text are."""
    return [match.start() for match in re.finditer("\n", text)]


class Finding(NamedTuple):
    """What an audit or the scanner has found. Nothing in it is a secret.

    Attributes:
        id: of the audit or rule: `rule-matches-nothing`.
        place: where.
        severity: how bad.
        confidence: how sure.
        message: one line, lowercase, without a full stop: what is wrong here.
        hint: what to do.
        fingerprint: 16 hexadecimal digits that stay when lines move: see `fingerprint`.
        commit: id of the commit in which it was found; None for the present.
        at_head: whether it is still so.
        effect: of a consumer's finding: `fails`, `ciphertext` or `advice`.
        fixable: `--fix` repairs it.
        why: of the scanner's: what makes it one; "" where the message says so.
    """

    id: str
    place: Place
    severity: Severity
    confidence: Confidence
    message: str
    hint: str
    fingerprint: str
    commit: str | None = None
    at_head: bool = True
    effect: str | None = None
    fixable: bool = False
    why: str = ""

    @property
    def path(self) -> str:
        """Relative to the repository, with `/`."""
        return self.place.path

    @property
    def fails(self) -> bool:
        """Whether a run that has it is not clean."""
        return self.severity is not Severity.INFO


class IgnoredFinding(NamedTuple):
    """A finding that is not reported.

    Attributes:
        finding: it.
        inline: a marker in its file says so; else the settings or the baseline do.
        reason: what is given as reason; may be empty.
    """

    finding: Finding
    inline: bool
    reason: str


class Unread(NamedTuple):
    """A file that could not be read, and why."""

    path: str
    reason: str


def fingerprint(id_: str, path: str, *subject: str) -> str:
    """What two findings of one thing have in common, wherever in the file it stands.

    Args:
        id_: of the audit or rule.
        path: of the file.
        subject: names the thing within the file (an anchor, a pattern, a dotted path); never a secret.
    """
    import hashlib

    parts = "\0".join((id_, path, *subject)).encode("utf-8", "surrogateescape")
    return hashlib.sha256(parts).hexdigest()[:16]


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By path and place, so that output is stable."""
    return sorted(findings, key=lambda each: (each.place, each.id, each.commit or "", each.fingerprint))
