"""What happened to the secret files: who was let in and taken out, and when data keys changed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.exposure_hosts import bits
from sopskit.inventory.history import only_beside
from sopskit.inventory.history_facts import Facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.inventory.exposure_hosts import Hosts
    from sopskit.inventory.history import History, Step


class EventKind(StrEnum):
    """What happened."""

    PLAINTEXT = "plaintext"  # a file was committed in clear
    NEW = "new"  # a file came, encrypted
    IN = "in"  # a host got a stanza
    OUT = "out"  # a host's stanza was taken away
    REKEY = "rekey"  # a file got a new data key


class Event(NamedTuple):
    """What one commit did to some files.

    Attributes:
        time: of the commit, in seconds since 1970.
        commit: its id; None for what is not committed.
        kind: what happened.
        host: the name, or the key, of whom it is about; None where it is about nobody in particular.
        paths: the files, sorted.
    """

    time: int
    commit: str | None
    kind: EventKind
    host: str | None
    paths: tuple[str, ...]


def timeline(history: History, hosts: Hosts, data_keys: Sequence[int]) -> list[Event]:
    """What happened, in the order of the history, which need not be that of its clocks.

    Merges are left out: what they bring has happened in the commits that they merge.

    Args:
        history: of the repository.
        hosts: who there ever was.
        data_keys: which data key each version has: see `DataKeys.of`.
    """
    found: dict[tuple[int, EventKind, int], dict[str, None]] = {}
    followed = {step.after for step in history.steps}
    beside = only_beside(history)

    def add(number: int, kind: EventKind, bit: int = 0) -> None:
        version = history.versions[number]
        found.setdefault((version.point, kind, bit), {})[version.path] = None

    for number, version in enumerate(history.versions):
        if number in beside:
            continue
        if version.in_clear:
            add(number, EventKind.PLAINTEXT)
        elif number not in followed:
            add(number, EventKind.NEW)
    for step in history.steps:
        for kind, bit in _of_step(history, hosts, data_keys, step):
            add(step.after, kind, bit)
    order = list(EventKind)
    events = []
    for (point, kind, bit), paths in sorted(
        found.items(), key=lambda each: (each[0][0], order.index(each[0][1]))
    ):
        at = history.points[point]
        events.append(Event(at.time, at.id, kind, hosts.label(bit) if bit else None, tuple(sorted(paths))))
    return events


def _of_step(
    history: History, hosts: Hosts, data_keys: Sequence[int], step: Step
) -> Iterator[tuple[EventKind, int]]:
    before, after = (history.versions[number].facts for number in (step.before, step.after))
    if step.is_merge or not isinstance(before, Facts) or not isinstance(after, Facts):
        return
    if data_keys[step.before] != data_keys[step.after]:
        yield EventKind.REKEY, 0
    if before.groups is not after.groups or before.threshold != after.threshold:
        old, new = (hosts.able(each.groups, each.threshold) for each in (before, after))
        yield from ((EventKind.IN, bit) for bit in bits(new & ~old))
        yield from ((EventKind.OUT, bit) for bit in bits(old & ~new))
