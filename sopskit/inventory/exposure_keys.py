"""Which versions share a data key, and who held it.

A stanza or an encrypted value that two versions have in common was made with one data key. `sops updatekeys`
makes every stanza anew and keeps the values; an edit keeps the stanzas; only `sops rotate` keeps neither.
Whoever could open one version of a data key can open all of them, whatever their path and time, also those
that no longer have a stanza for him.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.history_facts import Facts

if TYPE_CHECKING:
    from sopskit.inventory.exposure_hosts import Hosts
    from sopskit.inventory.history import History
    from sopskit.inventory.history_facts import Other

#: In the place of a data key: plaintext.
NO_KEY = -1


class Classes:
    """Things that belong together (union-find); what was never joined is a class of its own."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def of(self, item: int) -> int:
        """What stands for the class of an item."""
        parent = self._parent
        root = item
        while root in parent:
            root = parent[root]
        while item != root:
            above = parent[item]
            parent[item] = root
            item = above
        return root

    def join(self, one: int, other: int) -> None:
        """Put two classes together."""
        one, other = self.of(one), self.of(other)
        if one != other:
            self._parent[max(one, other)] = min(one, other)

    def members(self) -> dict[int, list[int]]:
        """The classes that have more than one item, by what stands for them."""
        found: dict[int, list[int]] = {}
        for item in list(self._parent):
            found.setdefault(self.of(item), []).append(item)
        return {root: [root, *items] for root, items in found.items()}


class DataKeys:
    """The data keys of a history.

    Attributes:
        of: for each version the number of its data key; `NO_KEY` for plaintext.
        holders: data key -> who could open a version of it.
        since: (data key, host's bit) -> the first point where the host could.
    """

    def __init__(self, history: History, hosts: Hosts) -> None:
        self.of = _data_keys(history)
        self.holders: dict[int, int] = {}
        self.since: dict[tuple[int, int], int] = {}
        for version, key in zip(history.versions, self.of, strict=True):
            facts = version.facts
            if not isinstance(facts, Facts):
                continue
            held = self.holders.get(key, 0)
            able = hosts.able(facts.groups, facts.threshold)
            if able | held != held:
                self._note(key, able & ~held, version.point)
                self.holders[key] = able | held

    def _note(self, key: int, new: int, point: int) -> None:
        while new:
            bit = new & -new
            self.since[key, bit] = point
            new ^= bit


def _data_keys(history: History) -> list[int]:
    versions = history.versions
    followed = {step.after: step.before for step in history.steps if step.before < step.after}
    classes = Classes()
    first: dict[int, int] = {}  # digest -> the first version that has it
    for number, version in enumerate(versions):
        facts = version.facts
        if not isinstance(facts, Facts):
            continue
        before = followed.get(number, number)
        digests = _new_digests(facts, versions[before].facts)
        if digests is None:
            digests = {*facts.links, *facts.texts}
        else:
            classes.join(before, number)
        others = set(map(first.get, digests))
        for other in others:
            if other is not None:
                classes.join(other, number)
        if None in others:
            first.update(dict.fromkeys(digests.difference(first), number))
    return [
        classes.of(number) if isinstance(version.facts, Facts) else NO_KEY
        for number, version in enumerate(versions)
    ]


def _new_digests(facts: Facts, before: Facts | Other) -> set[int] | None:
    """What a version has that the one before it has not; None where they do not plainly share a data key."""
    if facts is before or not isinstance(before, Facts) or facts.links[0] != before.links[0]:
        return None
    if len(facts.links) != len(before.links) or len(facts.texts) != len(before.texts):
        return None
    new = {one for one, other in zip(facts.links, before.links, strict=True) if one != other}
    new.update([one for one, other in zip(facts.texts, before.texts, strict=True) if one != other])
    return new
