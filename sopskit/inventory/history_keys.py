"""Which versions share a data key, and which values stood under it.

A stanza or an encrypted value that two versions have in common was made with one data key. `sops updatekeys`
makes every stanza anew and keeps the values; an edit keeps the stanzas; only `sops rotate` keeps neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.inventory.classes import Classes
from sopskit.inventory.history import NO_KEY, DataKey, Opener
from sopskit.inventory.history_facts import Facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.inventory.history import Step, Version
    from sopskit.inventory.history_facts import Other


def data_keys(versions: Sequence[Version], steps: Sequence[Step]) -> tuple[tuple[int, ...], list[DataKey]]:
    """The data key of each version, as `History.key_of`, and the data keys."""
    facts = [version.facts for version in versions]
    classes = _classes(facts, {step.after: step.before for step in steps if step.before < step.after})
    numbers: dict[int, int] = {}
    keys: list[DataKey] = []
    openers: list[list[Opener]] = []
    key_of = [NO_KEY] * len(versions)
    for version, each in enumerate(facts):
        if not isinstance(each, Facts):
            continue
        number = numbers.setdefault(classes.of(version), len(keys))
        if number == len(keys):
            openers.append([])
            keys.append(DataKey({}, openers[number]))
        key_of[version] = number
        _note_opener(openers[number], Opener(each.groups, each.threshold, versions[version].point))
        _note_values(keys[number].values, each.nonces, versions[version].point)
    return tuple(key_of), keys


def _note_opener(openers: list[Opener], new: Opener) -> None:
    if not any(each.groups is new.groups and each.threshold == new.threshold for each in openers):
        openers.append(new)


def _note_values(values: dict[int, int], nonces: Sequence[int], point: int) -> None:
    if not values:
        values.update(dict.fromkeys(nonces, point))
        return
    for nonce in nonces:
        if nonce not in values:
            values[nonce] = point


def _classes(versions: Sequence[Facts | Other], followed: dict[int, int]) -> Classes:
    """Classes of versions, by number; `followed`: an earlier version that one followed."""
    classes = Classes()
    first: dict[int, int] = {}  # digest -> the first version that has it
    for number, facts in enumerate(versions):
        if not isinstance(facts, Facts):
            continue
        before = followed.get(number, number)
        digests = _new_digests(facts, versions[before])
        if digests is None:
            digests = {*facts.links, *facts.texts}
        else:
            classes.join(before, number)
        others = set(map(first.get, digests))
        for other in others:
            if other is not None:
                classes.join(other, number)
        if others == {None}:
            first.update(dict.fromkeys(digests, number))
        elif None in others:
            first.update(dict.fromkeys(digests.difference(first), number))
    return classes


def _new_digests(facts: Facts, before: Facts | Other) -> set[int] | None:
    """What a version has that the one before it has not; None where they do not plainly share a data key."""
    if facts is before or not isinstance(before, Facts) or facts.links[0] != before.links[0]:
        return None
    return {*facts.links, *facts.texts}.difference(before.links, before.texts)


def unsettled(versions: Sequence[Version], steps: Sequence[Step], key_of: Sequence[int]) -> tuple[Step, ...]:
    """The merges, and the steps where not every value plainly stayed what it was or got a new nonce."""
    return tuple(step for step in steps if step.is_merge or not _is_settled(step, versions, key_of))


def _is_settled(step: Step, versions: Sequence[Version], key_of: Sequence[int]) -> bool:
    if versions[step.before].has_clear or versions[step.after].has_clear:
        return False
    before, after = versions[step.before].facts, versions[step.after].facts
    if not isinstance(before, Facts) or not isinstance(after, Facts) or before.paths is not after.paths:
        return False
    return before.nonces == after.nonces or keeps_nonces(step, versions, key_of)


def keeps_nonces(step: Step, versions: Sequence[Version], key_of: Sequence[int]) -> bool:
    """Whether whoever made the step had the values before at hand, so that those that stay kept theirs."""
    if key_of[step.before] == key_of[step.after] != NO_KEY:
        return True
    before, after = versions[step.before].facts, versions[step.after].facts
    if not isinstance(before, Facts) or not isinstance(after, Facts):
        return False
    return not set(before.nonces).isdisjoint(after.nonces)
