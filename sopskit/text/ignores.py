"""Inline markers, `sopskit: ignore[id]`, behind whatever sign begins a comment.

A marker counts for its own line. On a line of its own it counts for the next line too, and in the first line
for the file as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = "sopskit:"
_MARKER = re.compile(r"sopskit:[ \t]*ignore\[([A-Za-z0-9_., \t-]{0,1000})\]")
_MAX_MARKERS = 10_000


class Marker(NamedTuple):
    """One id of one marker.

    Attributes:
        id: as it is written.
        line: where it stands, from 1.
        start: where the id starts in the text.
        end: behind the id.
        alone: nothing else stands on the line.
    """

    id: str
    line: int
    start: int
    end: int
    alone: bool


class Markers:
    """The markers of a text."""

    def __init__(self, text: str) -> None:
        self.all = tuple(_markers(text)) if _WORD in text else ()
        self._by_line: dict[int, list[Marker]] = {}
        for marker in self.all:
            self._by_line.setdefault(marker.line, []).append(marker)

    def at(self, line: int, id_: str) -> Marker | None:
        """The marker that has a finding ignored.

        Args:
            line: of the finding, from 1; 0 for the file as a whole.
            id_: of its audit or rule.
        """
        if line < 1:
            return self._on(1, id_)
        found = self._on(line, id_)
        above = line - 1
        while found is None and any(each.alone for each in self._by_line.get(above, ())):
            found = self._on(above, id_)
            above -= 1
        return found

    def _on(self, line: int, id_: str) -> Marker | None:
        return next((each for each in self._by_line.get(line, ()) if each.id == id_), None)


def _markers(text: str) -> Iterator[Marker]:
    newlines = [match.start() for match in re.finditer("\n", text)]
    count = 0
    for match in _MARKER.finditer(text):
        line = bisect_left(newlines, match.start()) + 1
        start = newlines[line - 2] + 1 if line > 1 else 0
        before = text[max(start, match.start() - 200) : match.start()]
        alone = not any(character.isalnum() for character in before)
        for id_ in re.finditer(r"[^\s,]+", match[1]):
            count += 1
            if count > _MAX_MARKERS:
                return
            place = match.start(1)
            yield Marker(id_[0], line, place + id_.start(), place + id_.end(), alone)
