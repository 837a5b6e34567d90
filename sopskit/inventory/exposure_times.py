"""Since when a host could read a value, and when its file got a data key that the host does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.exposure_hosts import EVERYONE
from sopskit.inventory.history import NO_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.inventory.exposure_knowledge import Knowledge


class Times:
    """Answers for some values.

    Args:
        knowledge: who knows what.
        ids: the values that are asked about.
    """

    def __init__(self, knowledge: Knowledge, ids: frozenset[int]) -> None:
        self._knowledge = knowledge
        self._previous = knowledge.history.previous()
        self._since: dict[tuple[int, int], tuple[tuple[int, ...], int]] = {}
        self._ended: dict[tuple[int, str, int], tuple[bool, int | None]] = {}
        # id -> data key -> the first point that has the value under it
        self._seen: dict[int, dict[int, int]] = {}
        for number, key in enumerate(knowledge.history.data_keys):
            for identity in ids.intersection(key.values):
                self._seen.setdefault(identity, {})[number] = key.values[identity]
        for number, cleared in knowledge.clear.items():  # in the order of points
            point = knowledge.history.versions[number].point
            for value in cleared:
                self._seen.setdefault(value.id, {}).setdefault(NO_KEY, point)

    def since(self, bit: int, ids: tuple[int, ...]) -> int:
        """The first point where a host could read one of the values, each of which it could, or may have."""
        asked = (bit, id(ids))
        if asked not in self._since:
            keys = self._knowledge.keys
            points = list(self._points(bit, ids, keys.since)) or self._points(bit, ids, keys.possible_since)
            self._since[asked] = (ids, min(points))  # kept, so that no other gets its id
        return self._since[asked][1]

    def _points(self, bit: int, ids: Iterable[int], since: Mapping[tuple[int, int], int]) -> Iterator[int]:
        for identity in ids:
            for key, point in self._seen.get(identity, {}).items():
                held = since.get((key, bit))
                if key == NO_KEY and bit == EVERYONE:
                    yield point
                elif held is not None:
                    yield max(held, point)

    def until(self, bit: int, path: str, since: int) -> tuple[bool, int | None]:
        """Whether a file has a data key that the host does not have, and the point where it got one."""
        asked = (bit, path, since)
        if asked not in self._ended:
            self._ended[asked] = self._until(*asked)
        return self._ended[asked]

    def _until(self, bit: int, path: str, since: int) -> tuple[bool, int | None]:
        history = self._knowledge.history
        number = history.present[path]
        if self._reads(bit, number):
            return False, None
        seen = {number}
        while True:  # back to the oldest version of those at the end that the host cannot read
            if history.returned.get(number, -1) > since:
                return True, history.returned[number]
            before = [each for each in self._previous.get(number, ()) if each not in seen]
            if not before or any(self._reads(bit, each) for each in before):
                return True, history.versions[number].point
            number = before[0]
            seen.add(number)

    def _reads(self, bit: int, number: int) -> bool:
        key = self._knowledge.keys.of[number]
        if key == NO_KEY:
            return True
        return bool(self._knowledge.keys.possible[key] & bit)  # what may be the key he has is not rotated
