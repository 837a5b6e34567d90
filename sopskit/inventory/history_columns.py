"""A history as bytes, to be remembered: columns of numbers, which are read in a moment.

Nothing is here that `history_facts` does not say of a version, or git of a commit. What is known of a single
version is not repeated: it is looked up among the facts, which bear the same salt.
"""

from __future__ import annotations

import json
import struct
from array import array
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from sopskit.inventory.history import NO_KEY, DataKey, History, Opener, Point, Step, Version
from sopskit.inventory.history_facts import Facts, Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.inventory.history import FactsOf
    from sopskit.inventory.history_facts import Groups

#: Of the layout.
VERSION = 2

_SIZE = struct.Struct("<Q")
_IN_CLEAR, _HAS_CLEAR = 1, 2  # flags of a version
_NONE = 0xFFFFFFFF  # in the place of `NO_KEY`


def encode(history: History, configs: Sequence[tuple[str, str]]) -> bytes:
    """The bytes of a history that lacks nothing, and whose work tree adds nothing.

    Args:
        history: what to encode.
        configs: path and id of each `.sops.yaml` of `History.names`.
    """
    versions = history.versions
    paths = {path: number for number, path in enumerate(dict.fromkeys(each.path for each in versions))}
    texts = [list(paths), configs, history.broken]
    columns = [
        json.dumps(texts).encode(),
        bytes.fromhex("".join(point.id or "" for point in history.points)),
        _longs(point.time for point in history.points if point.id),
        bytes.fromhex("".join(each.blob for each in versions)),
        _numbers(paths[each.path] for each in versions),
        _numbers(each.point for each in versions),
        bytes(each.in_clear * _IN_CLEAR | each.has_clear * _HAS_CLEAR for each in versions),
        _numbers(_NONE if key == NO_KEY else key for key in history.key_of),
        *_steps_as_columns(history.steps),
        *_steps_as_columns(history.unsettled),
        *_steps_as_columns(history.copies),
        _numbers(history.present.values()),
        _numbers(history.returned),
        _numbers(history.returned.values()),
        *_data_keys_as_columns(history),
    ]
    return b"".join(_SIZE.pack(len(column)) + column for column in columns)


def decode(content: bytes, facts_of: FactsOf, now: int) -> History | None:
    """The history of some bytes; None where they are not as they should be.

    Args:
        content: what `encode` gave.
        facts_of: what is known of a content.
        now: the time of the work tree, in seconds since 1970.
    """
    try:
        return _History(_columns(content), facts_of).decoded(now)
    except (ValueError, LookupError, TypeError, RecursionError, StopIteration, struct.error):
        return None


class _History:
    """Reads one column after another, in the order of `encode`."""

    def __init__(self, columns: Iterator[bytes], facts_of: FactsOf) -> None:
        self._columns = columns
        self._facts_of = facts_of

    def decoded(self, now: int) -> History:
        paths, configs, broken = json.loads(next(self._columns))
        commits, times = next(self._columns), self._longs()
        points = *map(Point, _ids(commits, len(times)), times), Point(None, now)
        versions = self._versions(paths, len(points))
        key_of = tuple(NO_KEY if key == _NONE else key for key in self._numbers())
        steps, unsettled, copies = [self._steps(len(versions)) for _ in range(3)]
        present = {versions[number].path: number for number in self._numbers()}
        returned = dict(zip(self._below(len(versions)), self._below(len(points)), strict=True))
        names = tuple(
            facts for path, blob in configs if isinstance(facts := self._facts_of(path, blob), Names)
        )
        keys = self._data_keys(versions, len(points))
        if (
            len(key_of) != len(versions)
            or max(key_of, default=NO_KEY) >= len(keys)
            or len(names) != len(configs)
        ):
            raise ValueError
        history = History(points, versions, steps, unsettled, copies, key_of, keys, present, names, returned)
        return history._replace(broken=tuple(broken))

    def _versions(self, paths: Sequence[str], points: int) -> tuple[Version, ...]:
        blobs, of_path, at = next(self._columns), self._numbers(), self._below(points)
        flags = next(self._columns)
        clear = [bool(flag & _IN_CLEAR) for flag in flags], [bool(flag & _HAS_CLEAR) for flag in flags]
        named = (paths[number] for number in of_path)
        facts_of = [self._facts_of] * len(at)
        return tuple(map(Version, named, _ids(blobs, len(at)), at, *clear, facts_of))

    def _steps(self, versions: int) -> tuple[Step, ...]:
        before, after, merges = self._below(versions), self._below(versions), next(self._columns)
        return tuple(map(Step, before, after, map(bool, merges)))

    def _data_keys(self, versions: Sequence[Version], points: int) -> list[DataKey]:
        groups = [self._groups(versions[number]) for number in self._numbers()]
        counts, which, since = self._numbers(), self._numbers(), self._below(points)
        sizes, nonces, first = self._numbers(), self._longs(), self._below(points)
        return [
            DataKey(
                dict(zip(nonces[start:end], first[start:end], strict=True)),
                [Opener(*groups[which[place]], since[place]) for place in range(a, b)],
            )
            for (a, b), (start, end) in zip(_ranges(counts), _ranges(sizes), strict=True)
        ]

    def _groups(self, version: Version) -> tuple[Groups, int]:
        facts = version.facts
        if not isinstance(facts, Facts):
            raise TypeError
        return facts.groups, facts.threshold

    def _numbers(self) -> array[int]:
        return _array("I", next(self._columns))

    def _below(self, limit: int) -> array[int]:
        numbers = self._numbers()
        if max(numbers, default=-1) >= limit:
            raise ValueError
        return numbers

    def _longs(self) -> array[int]:
        return _array("Q", next(self._columns))


def _data_keys_as_columns(history: History) -> Iterator[bytes]:
    """A version for each list of key groups, then the openers of each data key, then its values."""
    examples: dict[tuple[int, int], int] = {}
    for number, version in enumerate(history.versions):
        facts = version.facts
        if isinstance(facts, Facts):
            examples.setdefault((id(facts.groups), facts.threshold), number)
    numbers = {groups: number for number, groups in enumerate(examples)}
    keys = history.data_keys
    openers = [opener for key in keys for opener in key.openers]
    yield _numbers(examples.values())
    yield _numbers(len(key.openers) for key in keys)
    yield _numbers(numbers[id(opener.groups), opener.threshold] for opener in openers)
    yield _numbers(opener.point for opener in openers)
    yield _numbers(len(key.values) for key in keys)
    yield _longs(nonce for key in keys for nonce in key.values)
    yield _numbers(point for key in keys for point in key.values.values())


def _steps_as_columns(steps: Sequence[Step]) -> Iterator[bytes]:
    yield _numbers(step.before for step in steps)
    yield _numbers(step.after for step in steps)
    yield bytes(step.is_merge for step in steps)


def _columns(content: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(content):
        (size,) = _SIZE.unpack_from(content, place)
        place += _SIZE.size + size
        yield content[place - size : place]


def _ranges(sizes: Iterable[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(sizes, initial=0))


def _ids(content: bytes, count: int) -> Iterator[str]:
    """Ids of git, all of one length, as text."""
    text = content.hex()
    size = len(text) // count if count else 0
    return (text[start : start + size] for start in range(0, len(text), size or 1))


def _array(kind: str, content: bytes) -> array[int]:
    numbers = array(kind)
    numbers.frombytes(content)
    return numbers


def _numbers(values: Iterable[int]) -> bytes:
    return array("I", values).tobytes()


def _longs(values: Iterable[int]) -> bytes:
    return array("Q", values).tobytes()
