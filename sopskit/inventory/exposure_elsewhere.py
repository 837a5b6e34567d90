"""Values that a host could read in another place, or at another time: only a plaintext tells.

A value that moved to another file got another nonce there, and so did one that was changed and changed back.
Long values are looked for everywhere; shorter ones, which are often equal by chance, among those that the
same dotted path of the same file has had.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.exposure import Candidate, Certainty
from sopskit.inventory.exposure_hosts import bits
from sopskit.inventory.exposure_plaintexts import LONG_ENOUGH
from sopskit.inventory.history_facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.inventory.exposure_knowledge import Knowledge
    from sopskit.inventory.exposure_plaintexts import Plaintext
    from sopskit.inventory.history import History

_ANYWHERE = 0  # in the place of a line, whose number is never 0


def may_tell_more(knowledge: Knowledge, hosts: int | None = None) -> bool:
    """Whether anybody asked about could read anything, so that there may be something to compare."""
    asked = _partial(entitled for _, entitled in knowledge.values) if hosts is None else hosts
    return any(holders & asked for holders in knowledge.keys.holders)


def to_compare(knowledge: Knowledge, hosts: int | None = None) -> set[int]:
    """The ids of encrypted values to be opened: those of the work tree, and those that one of them may be.

    Args:
        knowledge: who knows what.
        hosts: as in `across`.
    """
    present = {value.id: entitled for value, entitled in knowledge.values}
    known = _known(knowledge, present, hosts)
    if not known:
        return set()
    sizes = _sizes(knowledge.history)

    def kind(identity: int) -> tuple[int, int]:
        return sizes[identity], _line(knowledge, identity, sizes[identity])

    # Values of different lengths are different.
    kinds = set(map(kind, known)).intersection(map(kind, present))
    return {identity for identity in known.union(present) if kind(identity) in kinds}


def across(
    knowledge: Knowledge,
    found: Iterable[Candidate],
    plaintexts: Iterable[Plaintext],
    hosts: int | None = None,
) -> Iterator[Candidate]:
    """Values that a host could read in another place, or at another time.

    Args:
        knowledge: who knows what.
        found: what is known already.
        plaintexts: what was read.
        hosts: those asked about; None for everyone who could read what he is not to read now. Who is to read
            the same plaintext in another file is to read it.
    """
    places = {each.id: (_line(knowledge, each.id, each.size), each.digest) for each in plaintexts}
    entitled: dict[tuple[int, bytes], int] = {}
    for value, readers in knowledge.values:
        if value.id in places:
            place = places[value.id]
            entitled[place] = entitled.get(place, 0) | readers
    read: dict[tuple[int, bytes], dict[int, list[int]]] = {}
    for identity, who in knowledge.who_knew(places).items():
        place = places[identity]
        if place in entitled:
            for bit in bits(who & (~entitled[place] if hosts is None else hosts)):
                read.setdefault(place, {}).setdefault(bit, []).append(identity)
    sure = {
        (each.value.path, each.value.key, each.bit) for each in found if each.certainty is Certainty.VALUE
    }
    for value, _ in knowledge.values:
        for bit, ids in read.get(places.get(value.id, (_ANYWHERE, b"")), {}).items():
            if (value.path, value.key, bit) not in sure:
                yield Candidate(value, bit, tuple(ids), Certainty.VALUE)


def _known(knowledge: Knowledge, present: Mapping[int, int], hosts: int | None) -> set[int]:
    """The encrypted values that those asked about could read; by default, that they are not to read."""
    if hosts is not None:
        return {identity for identity, who in knowledge.all_known().items() if who & hosts}
    partial = _partial(present.values())
    known = knowledge.all_known() if partial else {}
    return {each for each, who in known.items() if who & partial & ~present.get(each, 0)}


def _partial(entitled: Iterable[int]) -> int:
    """Who is not to read every value: the others need no comparison."""
    partial = 0
    for each in entitled:
        partial |= ~each
    return partial


def _line(knowledge: Knowledge, identity: int, size: int) -> int:
    return _ANYWHERE if size >= LONG_ENOUGH else knowledge.lines.of(identity)


def _sizes(history: History) -> dict[int, int]:
    found: dict[int, int] = {}
    for version in history.versions:
        if isinstance(version.facts, Facts):
            found.update(zip(version.facts.nonces, version.facts.sizes, strict=True))
    return found
