"""Findings that a marker in a file or a setting has ignored, and ignores that are of no use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit import audits, settings
from sopskit.audits.repository import unknown_audit_id, unused_ignore
from sopskit.findings import IgnoredFinding, Place
from sopskit.text import globs
from sopskit.text.ignores import Markers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.repo.trees import Tree
    from sopskit.settings import Settings
    from sopskit.text.ignores import Marker

_NAME = settings.SETTINGS_NAME
_UNUSED = unused_ignore.AUDIT.id


def read_settings(tree: Tree) -> Settings:
    """What the `.sopskit.toml` at the root says; nothing where there is none.

    Raises:
        ConfigurationError: it cannot be used.
        FailedError: it cannot be read.
    """
    return settings.parse(tree.read(_NAME).content) if tree.has(_NAME) else settings.Settings()


class Ignores:
    """What is ignored, and what of it was of use.

    Attributes:
        ignored: the findings that were taken.
    """

    def __init__(self, subject: Subject, settings: Settings) -> None:
        self.ignored: list[IgnoredFinding] = []
        self._subject = subject
        self._settings = settings
        self._markers: dict[str, Markers] = {}
        self._used: set[object] = set()
        self._looked_at: set[str] = set()
        for config in subject.configs():
            self._of(config.path)

    def take(self, finding: Finding) -> bool:
        """Whether a finding is ignored."""
        if finding.commit is None:
            marker = self._of(finding.path).at(finding.place.line, finding.id)
            if marker is not None:
                self._used.add((finding.path, marker))
                self.ignored.append(IgnoredFinding(finding, inline=True, reason=""))
                return True
        for each in self._settings.ignore:
            if each.id == finding.id and (not each.path or globs.matches(each.path, finding.path)):
                self._used.add(each)
                self.ignored.append(IgnoredFinding(finding, inline=False, reason=each.reason))
                return True
        return False

    def findings(self, ran: Collection[str]) -> Iterator[Finding]:
        """Ignores that ignore nothing, and ids that are none.

        The former cannot be ignored: such an ignore would be of use by ignoring itself.

        Args:
            ran: the audits that ran, on the whole repository.
        """
        for finding in (*self._unknown(), *self._unused(ran)):
            if finding.id in ran and (finding.id == _UNUSED or not self.take(finding)):
                yield finding

    def _unknown(self) -> Iterator[Finding]:
        known = audits.ids()
        for path, marker in self._all():
            if marker.id not in known:
                place = _place(self._text(path), path, marker)
                yield unknown_audit_id.AUDIT.finding(place, f"there is no audit {marker.id}", marker.id)
        named = [(each.id, each.line) for each in self._settings.skip]
        named += [(each.id, each.line) for each in self._settings.ignore]
        for id_, line in named:
            if id_ not in known:
                place = Place(_NAME, line, 1, line, 1)
                yield unknown_audit_id.AUDIT.finding(place, f"there is no audit {id_}", id_)

    def _unused(self, ran: Collection[str]) -> Iterator[Finding]:
        for path, marker in self._all():
            if marker.id in ran and (path, marker) not in self._used:
                place = _place(self._text(path), path, marker)
                message = f"ignores {marker.id}, which {_why_unused(marker.id, 'here')}"
                yield unused_ignore.AUDIT.finding(place, message, marker.id)
        for each in self._settings.ignore:
            if each.id in ran and each not in self._used:
                place = Place(_NAME, each.line, 1, each.line, 1)
                where = f"in {each.path or 'every file'}"
                message = f"ignores {each.id}, which {_why_unused(each.id, where)}"
                yield unused_ignore.AUDIT.finding(place, message, each.id, each.path)

    def _all(self) -> Iterator[tuple[str, Marker]]:
        for path, markers in sorted(self._markers.items()):
            for marker in markers.all:
                yield path, marker

    def _of(self, path: str) -> Markers:
        if path not in self._markers:
            self._markers[path] = Markers(self._text(path))
        return self._markers[path]

    def _text(self, path: str) -> str:
        content = self._subject.content(path)
        return "" if content is None else content.decode("utf-8", "replace")


def _why_unused(id_: str, where: str) -> str:
    return "cannot be ignored" if id_ == _UNUSED else f"finds nothing {where}"


def _place(text: str, path: str, marker: Marker) -> Place:
    return Place.of_span(path, text, marker.start, marker.end)
