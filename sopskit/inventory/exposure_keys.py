"""Who held which data key.

Whoever could open one version of a data key can open all of them, whatever their path and time, also those
that no longer have a stanza for him.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.exposure_hosts import bits

if TYPE_CHECKING:
    from sopskit.inventory.exposure_hosts import Hosts
    from sopskit.inventory.history import History


class DataKeys:
    """The data keys of a history.

    Attributes:
        of: see `History.key_of`.
        holders: for each data key, who could open a version of it.
        since: (data key, host's bit) -> the first point where the host could.
    """

    def __init__(self, history: History, hosts: Hosts) -> None:
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
