"""What a host, or everyone, could once read and that still is so.

From the git history alone: who could open which version says who held which data key (`exposure_keys`), and
nonces say which value is still the one it was (`exposure_values`). No private key is needed; with one, what
that leaves open is settled (`exposure_plaintexts`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.exposure_hosts import bits
from sopskit.inventory.exposure_times import Times

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sopskit.inventory.exposure_knowledge import Knowledge, PresentValue

    #: Equal for equal plaintexts, and for nothing else.
    Plaintexts = Mapping[int, bytes]


class Certainty(StrEnum):
    """How sure it is that a value is the one that was readable."""

    VALUE = "value"  # it is
    FILE = "file"  # it may be: its file was encrypted anew in between, so that no nonce and no data key tells


class Exposure(NamedTuple):
    """Values of one file that one host could read, and that have not changed since.

    Attributes:
        host: as `Hosts.label`; None for everyone who has the repository.
        path: of the file in the work tree.
        keys: the dotted paths of the values.
        since: when the host could read them first, in seconds since 1970.
        commit: the id of the commit that let it; None for the work tree.
        until: when the file got a data key that the host does not have; None where it has none, or only in
            the work tree, or had it before (the host read the value elsewhere).
        rotated: whether it has one.
        certainty: see `Certainty`.
    """

    host: str | None
    path: str
    keys: tuple[str, ...]
    since: int
    commit: str | None
    until: int | None
    rotated: bool
    certainty: Certainty


class Candidate(NamedTuple):
    """A value of the work tree and a host that knows it, or may know it.

    Attributes:
        value: of the work tree.
        bit: of the host.
        ids: what the host could read, and is the value or may be it.
        certainty: see `Certainty`.
    """

    value: PresentValue
    bit: int
    ids: tuple[int, ...]
    certainty: Certainty


def candidates(knowledge: Knowledge, hosts: int | None = None) -> Iterator[Candidate]:
    """What shows without a key.

    Args:
        knowledge: who knows what.
        hosts: those asked about, whether they are to read a file or not; None for everyone who knows what he
            is not to read now.
    """
    for value, entitled in knowledge.values:
        asked = ~entitled if hosts is None else hosts
        sure = knowledge.known.get(value.id, 0) & asked
        for bit in bits(sure):
            yield Candidate(value, bit, (value.id,), Certainty.VALUE)
        for bit in bits(knowledge.possibly_known(value.id) & asked & ~sure):
            yield Candidate(value, bit, knowledge.possible(value.id, bit), Certainty.FILE)


def settled(found: Iterable[Candidate], plaintexts: Plaintexts) -> Iterator[Candidate]:
    """The same, those left out or made sure that plaintexts settle."""
    read: dict[int, _Read] = {}  # by the id of the object: a class has one for all its values
    for each in found:
        if each.certainty is Certainty.VALUE:
            yield each
            continue
        of_ids = read.get(id(each.ids))
        if of_ids is None:
            of_ids = read[id(each.ids)] = _read(each.ids, plaintexts)
        own = plaintexts.get(each.value.id)
        if own is not None and own in of_ids.by_plaintext:
            yield each._replace(ids=tuple(of_ids.by_plaintext[own]), certainty=Certainty.VALUE)
        elif own is None or not of_ids.all:
            yield each


def guessed(
    knowledge: Knowledge, found: Iterable[Candidate], plaintexts: Plaintexts, hosts: int | None = None
) -> Iterator[Candidate]:
    """Values under a data key that a host may have, which neither git nor a private key tells.

    Args:
        knowledge: who knows what.
        found: what is known already.
        plaintexts: by the id of the value.
        hosts: as in `candidates`.
    """
    listed = _places(found) if knowledge.guessed else set()
    for value, entitled in knowledge.values if knowledge.guessed else ():
        asked = ~entitled if hosts is None else hosts
        own = plaintexts.get(value.id)
        held: dict[int, list[int]] = {}
        for identity, who in knowledge.guesses(value.id).items():
            if identity == value.id or own is None or plaintexts.get(identity, own) == own:
                for bit in bits(who & asked):
                    held.setdefault(bit, []).append(identity)
        for bit, ids in held.items():
            if (value.path, value.key, bit) not in listed:
                yield Candidate(value, bit, tuple(ids), Certainty.FILE)


def _places(found: Iterable[Candidate]) -> set[tuple[str, str, int]]:
    return {(each.value.path, each.value.key, each.bit) for each in found}


class _Read(NamedTuple):
    """Values by their plaintext, and whether all could be read."""

    by_plaintext: dict[bytes, list[int]]
    all: bool


def _read(ids: Sequence[int], plaintexts: Plaintexts) -> _Read:
    found: dict[bytes, list[int]] = {}
    for identity in ids:
        if identity in plaintexts:
            found.setdefault(plaintexts[identity], []).append(identity)
    return _Read(found, all(identity in plaintexts for identity in ids))


def exposures(knowledge: Knowledge, found: Sequence[Candidate]) -> list[Exposure]:
    """The values of one host, file and time put together, sorted: by host, everyone first, path and time."""
    times = Times(knowledge, frozenset(identity for each in found for identity in each.ids))
    groups: dict[tuple[int, str, Certainty, int], dict[str, None]] = {}
    for each in found:
        since = times.since(each.bit, each.ids)
        key = (each.bit, each.value.path, each.certainty, since)
        groups.setdefault(key, {})[each.value.key] = None
    points = knowledge.history.points
    result = []
    for (bit, path, certainty, since), keys in groups.items():
        rotated, end = times.until(bit, path, since)
        until = None if end is None or end < since or points[end].id is None else points[end].time
        start = points[since]
        host = knowledge.hosts.label(bit)
        result.append(Exposure(host, path, tuple(keys), start.time, start.id, until, rotated, certainty))
    return sorted(result, key=_order)


def _order(each: Exposure) -> tuple[str, str, int, str, tuple[str, ...]]:
    return each.host or "", each.path, each.since, each.certainty, each.keys
