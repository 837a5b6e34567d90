"""Which values are the same, as far as that shows without a key.

sops gives a value that stays the nonce that it had, in an edit and in a rotation. So one nonce is one value,
wherever it stands; and a value with another nonce, in a file that kept some, was changed. Where a file kept
none (somebody decrypted it, and encrypted it anew) nothing is settled: a value may be the one that had its
path before, or one whose path went, if it is as long. A ciphertext is as long as its plaintext.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.classes import Classes
from sopskit.inventory.history_facts import Facts
from sopskit.inventory.history_keys import keeps_nonces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.inventory.history import History, Step, Version


class ClearValue(NamedTuple):
    """A value that stands in clear, without what it is.

    Attributes:
        path: dotted.
        id: equal for equal values of equal paths, and above all digests of nonces.
        size: of it, in bytes.
    """

    path: str
    id: int
    size: int


#: The values in clear of versions that have some.
ClearValues = "Mapping[int, Sequence[ClearValue]]"


class _Leaf(NamedTuple):
    path: str
    id: int
    size: int


def possibly_same(history: History, clear: Mapping[int, Sequence[ClearValue]]) -> Classes:
    """Classes of values (nonces, ids of values in clear) that may be the same.

    Args:
        history: of the repository.
        clear: see `ClearValues`.
    """
    classes = Classes()
    merges: dict[int, list[int]] = {}
    for step in history.unsettled:
        if step.is_merge:
            merges.setdefault(step.after, []).append(step.before)
            continue
        for one, other in _unsettled(step, history, clear):
            classes.join(one.id, other.id)
    for after, before in merges.items():
        _join_merged(classes, after, before, history.versions, clear)
    return classes


def lines(history: History, clear: Mapping[int, Sequence[ClearValue]]) -> Classes:
    """Classes of all values that one dotted path of one file has had, whether they may be the same or not.

    A value that was changed and changed back got another nonce.
    """
    classes = Classes()
    for step in history.steps:
        old = {leaf.path: leaf.id for leaf in _leaves(step.before, history.versions, clear)}
        for leaf in _leaves(step.after, history.versions, clear):
            if leaf.id != old.get(leaf.path, leaf.id):
                classes.join(old[leaf.path], leaf.id)
    return classes


def _unsettled(
    step: Step, history: History, clear: Mapping[int, Sequence[ClearValue]]
) -> Iterator[tuple[_Leaf | ClearValue, _Leaf | ClearValue]]:
    """Pairs of values before and after a step that may be the same."""
    versions = history.versions
    old, new = _leaves(step.before, versions, clear), _leaves(step.after, versions, clear)
    if keeps_nonces(step, versions, history.key_of):
        # What was in clear and is encrypted now, or the other way round, got no nonce by which to know it.
        yield from _alike([each for each in old if isinstance(each, ClearValue)], new)
        yield from _alike(old, [each for each in new if isinstance(each, ClearValue)])
    else:
        yield from _alike(old, new)
    yield from _renamed(old, new)


def _join_merged(
    classes: Classes,
    after: int,
    before: Sequence[int],
    versions: Sequence[Version],
    clear: Mapping[int, Sequence[ClearValue]],
) -> None:
    """What neither side of a merge has as it is may be of either, encrypted anew."""
    sides = [_leaves(number, versions, clear) for number in before]
    inherited = {leaf.id for side in sides for leaf in side}
    new = [leaf for leaf in _leaves(after, versions, clear) if leaf.id not in inherited]
    for side in sides:
        for one, other in (*_alike(side, new), *_renamed(side, new)):
            classes.join(one.id, other.id)


def _leaves(
    number: int, versions: Sequence[Version], clear: Mapping[int, Sequence[ClearValue]]
) -> list[_Leaf | ClearValue]:
    facts = versions[number].facts
    leaves: list[_Leaf | ClearValue] = list(clear.get(number, ()))
    if isinstance(facts, Facts):
        leaves += [_Leaf(*each) for each in zip(facts.paths, facts.nonces, facts.sizes, strict=True)]
    return leaves


def _alike(
    old: Sequence[_Leaf | ClearValue], new: Sequence[_Leaf | ClearValue]
) -> Iterator[tuple[_Leaf | ClearValue, _Leaf | ClearValue]]:
    """Values of one path and size; all of one path and size in a list are held to be one."""
    known = {(leaf.path, leaf.size): leaf for leaf in old}
    wanted = known.keys() & {(leaf.path, leaf.size) for leaf in new}
    for leaf in (*old, *new):
        match = known[leaf.path, leaf.size] if (leaf.path, leaf.size) in wanted else leaf
        if match is not leaf:
            yield match, leaf


def _renamed(
    old: Sequence[_Leaf | ClearValue], new: Sequence[_Leaf | ClearValue]
) -> Iterator[tuple[_Leaf | ClearValue, _Leaf | ClearValue]]:
    """Values of a path that went and of one that came, as long as each other."""
    before, after = {leaf.path for leaf in old}, {leaf.path for leaf in new}
    gone = [leaf._replace(path="") for leaf in old if leaf.path not in after]
    came = [leaf._replace(path="") for leaf in new if leaf.path not in before]
    if gone and came:
        yield from _alike(gone, came)
