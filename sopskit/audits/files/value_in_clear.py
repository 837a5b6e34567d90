"""A value that is not encrypted, in a file where others are."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sopskit.audits.files import clear_values
from sopskit.audits.interface import Audit, Scope
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Place, Severity
from sopskit.sops import formats
from sopskit.sops.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.repo.trees import Tree

# A line of YAML that is neither blank, a comment, `---`, a key alone, nor an encrypted value.
_CLEAR_LINE = re.compile(
    rb"^(?![ \t-]*(?:\#[^\n]*)?\r?$"
    rb"|[^\n]*:[ \t]*\r?$"
    rb"|(?:[^\n]*?:[ \t]+|[ \t-]*-[ \t]+)[\"']?ENC\[AES256_GCM,)[^\n]+",
    re.MULTILINE,
)


class _Found(NamedTuple):
    """What is wrong with one file; only this is sent back by a worker.

    Attributes:
        path: of the file.
        clear: its values in clear.
    """

    path: str
    clear: tuple[clear_values.ClearValue, ...]


def detect(subject: Subject) -> Iterator[Finding]:
    """Find values that sops would refuse, and clear ones that are secrets by their name or place."""
    paths = [plan.path for plan in subject.plans() if plan.file.encryption is not None]
    for found in subject.map_many(partial(_look, subject.inventory.tree), paths):
        for each in found.clear:
            place = Place(found.path, each.line, 1, each.line, 1) if each.line else Place(found.path)
            yield AUDIT.finding(
                place,
                each.message,
                *each.path,
                hint=each.hint,
                severity=Severity.ERROR if each.certain else Severity.WARNING,
                confidence=Confidence.HIGH if each.certain else Confidence.MEDIUM,
            )


def _look(tree: Tree, path: str) -> _Found:
    try:
        content = tree.read(path).content
        kind = formats.format_of(path)
        if kind is Format.YAML and not _has_clear_line(content):
            return _Found(path, ())
        file = formats.read(content, kind)
        selector = file.metadata.selector if file else None
        return _Found(path, tuple(clear_values.find(content, kind, selector)) if file else ())
    except SopskitError:
        return _Found(path, ())  # a broken file is another audit's finding


def _has_clear_line(content: bytes) -> bool:
    """Whether a YAML text has a clear value in front of its metadata; quick, true where it cannot tell."""
    end = content.find(b"\nsops:")
    return end < 0 or b"\n---" in content[:end] or _CLEAR_LINE.search(content, 0, end + 1) is not None


AUDIT = Audit(
    id="value-in-clear",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a value is in clear beside encrypted ones",
    hint="change the value, since git history keeps it; then have the rule's selector cover its key",
    detect=detect,
    scope=Scope.FILE,
)
