"""Who held which data key.

Whoever could open one version of a data key can open all of them, whatever their path and time, also those
that no longer have a stanza for him.

`sops updatekeys` and a change of every value in one commit leave nothing that two versions have in common,
and still keep the data key; so does encrypting anew, which makes another one. Nothing in git tells the two
apart: there, whoever held the one key may hold the other. Opened, the two keys are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.classes import Classes
from sopskit.inventory.exposure_hosts import bits
from sopskit.inventory.history import NO_KEY
from sopskit.inventory.history_keys import keeps_nonces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.inventory.exposure_hosts import Hosts
    from sopskit.inventory.history import History

    #: By the number of a data key: equal for equal ones, and for nothing else.
    Digests = Mapping[int, bytes]


class DataKeys:
    """The data keys of a history.

    Args:
        history: of the repository.
        hosts: who there ever was.
        digests: of data keys that were opened.

    Attributes:
        of: see `History.key_of`.
        holders: for each data key, who could open a version of it.
        possible: as `holders`, with those who held a key that may be the same.
        since: (data key, host's bit) -> the first point where the host could.
        possible_since: as `since`, for `possible`.
    """

    def __init__(self, history: History, hosts: Hosts, digests: Digests) -> None:
        self.of = history.key_of
        self.holders: list[int] = []
        self.since: dict[tuple[int, int], int] = {}
        for number, key in enumerate(history.data_keys):
            held = 0
            for groups, threshold, point in key.openers:
                able = hosts.able(groups, threshold)
                for bit in bits(able & ~held):
                    self.since[number, bit] = point
                held |= able
            self.holders.append(held)
        pairs = _replaced(history)
        # Those that are one share their holders for certain; only then do those that may be one share theirs.
        same = [pair for pair in pairs if _are_same(*pair, digests)]
        self.holders, self.since = _shared(self.holders, self.since, same)
        maybe_same = [pair for pair in pairs if _may_be_same(*pair, digests)]
        self.possible, self.possible_since = _shared(self.holders, self.since, maybe_same)


def _shared(
    holders: list[int], since: dict[tuple[int, int], int], pairs: Sequence[tuple[int, int]]
) -> tuple[list[int], dict[tuple[int, int], int]]:
    """Holders, and since when, where whoever holds one data key of a pair holds both."""
    if not pairs:
        return holders, since
    classes = Classes()
    for one, other in pairs:
        classes.join(one, other)
    holders, since = list(holders), dict(since)
    for members in classes.members().values():
        everyone = 0
        for number in members:
            everyone |= holders[number]
        for bit in bits(everyone):
            first = min(since[number, bit] for number in members if holders[number] & bit)
            since.update(((number, bit), first) for number in members)
        for number in members:
            holders[number] = everyone
    return holders, since


def replaced_keys(history: History) -> set[int]:
    """The data keys that may be the same as another."""
    return {number for pair in _replaced(history) for number in pair}


def _replaced(history: History) -> set[tuple[int, int]]:
    """Pairs of data keys that may be one: a version of one followed one of the other, and kept nothing."""
    key_of = history.key_of
    replaced = [
        step
        for step in history.unsettled
        if NO_KEY not in (key_of[step.before], key_of[step.after])
        and not keeps_nonces(step, history.versions, key_of)
    ]
    # What a version has not from the one before, it may have from another: the other side of a merge.
    after = {step.after for step in replaced}
    kept = {
        step.after
        for step in (history.steps if after else ())
        if step.after in after and keeps_nonces(step, history.versions, key_of)
    }
    pairs = ((key_of[step.before], key_of[step.after]) for step in replaced if step.after not in kept)
    return {(min(pair), max(pair)) for pair in pairs}


def _are_same(one: int, other: int, digests: Digests) -> bool:
    return one in digests and digests[one] == digests.get(other)


def _may_be_same(one: int, other: int, digests: Digests) -> bool:
    return one not in digests or other not in digests or digests[one] == digests[other]
