"""Which file became which, where a commit takes one path away and adds another.

git compares contents for that, of which encryption leaves nothing alike. What stays is the data key, the
nonces of values that were kept, or at least the name.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.history_facts import Facts, Other

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_MANY = 8  # files of one name that went from one place: nothing says which is which


class Side(NamedTuple):
    """A path that a commit took away or added, its content, and what is known of it."""

    path: str
    blob: str
    facts: Facts | Other


def renames(removed: Sequence[Side], added: Sequence[Side]) -> Iterator[tuple[Side, Side]]:
    """Pairs of a file that went and one that came, which may be the same."""
    if not removed or not added:
        return
    known = _Index(removed, added)
    for side in added:
        yield from ((each, side) for each in known.alike(side))


class _Index:
    def __init__(self, removed: Sequence[Side], added: Sequence[Side]) -> None:
        self._added = Counter(_name(side.path) for side in added)
        self._by_blob: dict[str, Side] = {}
        self._by_digest: dict[int, Side] = {}
        self._by_place: dict[_Place, list[Side]] = {}
        for side in removed:
            self._by_blob.setdefault(side.blob, side)
            for place in _places(side.path):
                self._by_place.setdefault(place, []).append(side)
            for number in _digests(side):
                self._by_digest.setdefault(number, side)

    def alike(self, side: Side) -> list[Side]:
        """Those that a file may have been."""
        same = self._by_blob.get(side.blob)
        if same is not None:
            return [same]
        for number in _digests(side):
            if number in self._by_digest:
                return [self._by_digest[number]]
        # Encrypted anew in the same commit, or for the first time, or decrypted.
        for place in _places(side.path):
            near = self._by_place.get(place, [])
            if near and (place.folder is not None or len(near) == self._added[place.name] == 1):
                return [each for each in near if _may_be(each, side)] if len(near) <= _MANY else []
        return []


class _Place(NamedTuple):
    """A name, and the folder that it is in: all of its path, the last name of it, or any folder."""

    name: tuple[str, str]
    folder: str | None


def _places(path: str) -> tuple[_Place, ...]:
    """The places of a file, the closest first."""
    name, folder = _name(path), path.rpartition("/")[0]
    return _Place(name, f"/{folder}"), _Place(name, folder.rpartition("/")[2]), _Place(name, None)


def _may_be(one: Side, other: Side) -> bool:
    if isinstance(one.facts, Facts) and isinstance(other.facts, Facts):
        return set(one.facts.paths) == set(other.facts.paths)
    return isinstance(one.facts, Facts) or isinstance(other.facts, Facts)


def _digests(side: Side) -> Iterator[int]:
    if isinstance(side.facts, Facts):
        yield from side.facts.links
        yield from side.facts.nonces


def _name(path: str) -> tuple[str, str]:
    """What `db.dec.yaml`, `db.sops.yaml` and `db.yaml` have in common."""
    name = path.rpartition("/")[2]
    stem, _, rest = name.lstrip(".").partition(".")
    return stem, rest.rpartition(".")[2]
