"""Who knows which value of the work tree, as far as the history shows without a key."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.exposure_hosts import EVERYONE, Hosts
from sopskit.inventory.exposure_keys import DataKeys
from sopskit.inventory.exposure_values import lines, possibly_same
from sopskit.inventory.history_facts import Facts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sopskit.inventory.classes import Classes
    from sopskit.inventory.exposure_keys import Digests
    from sopskit.inventory.exposure_values import ClearValue
    from sopskit.inventory.history import History
    from sopskit.inventory.inventory import Inventory


class PresentValue(NamedTuple):
    """An encrypted value of the work tree.

    Attributes:
        path: of its file.
        key: its dotted path.
        id: the digest of its nonce.
    """

    path: str
    key: str
    id: int


class Knowledge:
    """Who knows what.

    Args:
        history: of the repository.
        inventory: of the work tree.
        clear: the values in clear of versions that have some.
        digests: of the data keys that were opened, see `DataKeys`.
        asked: the name or public key of the host that is asked about, if one is.

    Attributes:
        history: of the repository.
        hosts: who there ever was.
        keys: the data keys, and who held them.
        clear: the values in clear of versions that have some.
        in_clear: the ids of values in clear.
        known: id of a value -> who could read it; for those of the work tree, and those that may be one.
        guessed: of these, who could read it if a data key that he may have is his; most have nobody.
        entitled: path of each encrypted file of the work tree -> who is to read it.
    """

    def __init__(
        self,
        history: History,
        inventory: Inventory,
        clear: Mapping[int, Sequence[ClearValue]],
        digests: Digests,
        asked: str | None = None,
    ) -> None:
        self.history, self.clear = history, clear
        self.hosts = Hosts(history.names, inventory, asked)
        self.keys = DataKeys(history, self.hosts, digests)
        self.in_clear = frozenset(value.id for values in clear.values() for value in values)
        self.entitled = {path: self.hosts.entitled(path, facts) for path, facts in self._files}
        self._classes = possibly_same(history, clear)
        self._members = self._classes.members()
        self._possible: dict[tuple[int, int], tuple[int, ...]] = {}
        self.known = self.who_knew(self._relevant())
        self.guessed = self._guessed()

    @cached_property
    def values(self) -> list[tuple[PresentValue, int]]:
        """The encrypted values of the work tree, each with those who are to read it, there or elsewhere."""
        legitimate: dict[int, int] = {}
        for path, facts in self._files:
            entitled = self.entitled[path]
            for identity in facts.nonces:
                legitimate[identity] = legitimate.get(identity, 0) | entitled
        return [
            (PresentValue(path, key, identity), legitimate[identity])
            for path, facts in self._files
            for key, identity in zip(facts.paths, facts.nonces, strict=True)
        ]

    def possible(self, identity: int, bit: int) -> tuple[int, ...]:
        """The values that a host could read, and that may be this one; the same object for all of a class."""
        root = self._classes.of(identity)
        if (root, bit) not in self._possible:
            members = self._members.get(root, (identity,))
            self._possible[root, bit] = tuple(each for each in members if self.known.get(each, 0) & bit)
        return self._possible[root, bit]

    def possibly_known(self, identity: int) -> int:
        """Who could read a value that may be this one."""
        root = self._classes.of(identity)
        return self._known_of_class[root] if root in self._members else self.known.get(identity, 0)

    @cached_property
    def _known_of_class(self) -> dict[int, int]:
        found = {}
        for root, members in self._members.items():
            mask = 0
            for member in members:
                mask |= self.known.get(member, 0)
            found[root] = mask
        return found

    def guesses(self, identity: int) -> dict[int, int]:
        """The values that may be this one, and were guessed to be read: their ids, and by whom."""
        if not self.guessed:
            return {}
        members = self._members.get(self._classes.of(identity), (identity,))
        return {each: self.guessed[each] for each in members if each in self.guessed}

    @cached_property
    def lines(self) -> Classes:
        """See `exposure_values.lines`."""
        return lines(self.history, self.clear)

    def _guessed(self) -> dict[int, int]:
        found: dict[int, int] = {}
        keys = zip(self.history.data_keys, self.keys.holders, self.keys.possible, strict=True)
        doubtful = [(key, possible & ~holders) for key, holders, possible in keys if possible != holders]
        relevant = self._relevant() if doubtful else set[int]()
        for key, more in doubtful:
            for identity in relevant.intersection(key.values):
                found[identity] = found.get(identity, 0) | more
        return found

    def _relevant(self) -> set[int]:
        present = {identity for _, facts in self._files for identity in facts.nonces}
        return present.union(*self._members.values())

    @cached_property
    def _files(self) -> list[tuple[str, Facts]]:
        """The encrypted files of the work tree."""
        files = ((path, self.history.versions[number].facts) for path, number in self.history.present.items())
        return [(path, facts) for path, facts in files if isinstance(facts, Facts)]

    def who_knew(self, wanted: Collection[int]) -> dict[int, int]:
        """Who could read each of some values; those that nobody could are left out."""
        wanted = frozenset(wanted)
        found: dict[int, int] = {}
        for key, holders in zip(self.history.data_keys, self.keys.holders, strict=True):
            for identity in wanted.intersection(key.values) if holders else ():
                found[identity] = found.get(identity, 0) | holders
        found.update(dict.fromkeys(wanted.intersection(self.in_clear), EVERYONE))
        return found

    def all_known(self) -> dict[int, int]:
        """Who could read each value that there ever was."""
        return self.who_knew(set().union(*(key.values for key in self.history.data_keys)))
