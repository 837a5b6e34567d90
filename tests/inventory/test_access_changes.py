"""What a change gives to whom, held against a count that looks at one host and one file at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.inventory.access import Access, FileAccess
from sopskit.inventory.access_changes import changes_between
from sopskit.inventory.plan import FilePlan, State
from sopskit.inventory.readers import Holders, Level, Reader
from sopskit.inventory.secret_files import Encryption, SecretFile
from sopskit.keys.recipients import StanzaKind, label

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.keys.recipients import Recipient

    #: Keys of each host; groups and threshold of each file.
    Side = tuple[
        Mapping[str, Sequence[Recipient]], Mapping[str, tuple[tuple[tuple[Recipient, ...], ...], int]]
    ]

KEYS = [label(StanzaKind.AGE, f"age1{name}") for name in "qpzry9"]
NAMES = ["ana", "ben", "eve"]

_groups = st.lists(
    st.lists(st.sampled_from(KEYS), max_size=3, unique=True).map(tuple), min_size=1, max_size=3
)
_files = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    _groups.flatmap(
        lambda groups: st.tuples(
            st.just(tuple(groups)), st.integers(2, len(groups)) if len(groups) > 1 else st.just(0)
        )
    ),
)
_hosts = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(KEYS), max_size=2, unique=True))
_sides = st.tuples(_hosts, _files)


def access(side: Any) -> Access:
    hosts, files = side
    holders = Holders(Reader(name, None, tuple(keys)) for name, keys in hosts.items())
    found = []
    for path, (groups, threshold) in files.items():
        levels = holders.levels(groups, threshold)
        file = SecretFile(path, path, None, Encryption(groups, threshold))
        found.append(FileAccess(FilePlan(file, State.ORPHAN), None, {}, levels))
    return Access(tuple(holders.readers), tuple(found))


def level(keys: set[Recipient], files: Mapping[str, Any], path: str) -> Level:
    """What keys are good for in one file."""
    groups, threshold = files.get(path, ((), 0))
    opened = sum(not keys.isdisjoint(group) for group in groups)
    return Level.ALONE if opened >= (threshold or 1) else Level.SHARE if opened else Level.NONE


@pytest.mark.property
@given(_sides, _sides)
def test_each_host_gains_and_loses_what_its_keys_do(before: Any, after: Any) -> None:
    """The keys of a host are those it has, and those it had that are nobody's now."""
    changes = {each.host.label: each for each in changes_between(access(before), access(after)).hosts}
    taken = {key for keys in after[0].values() for key in keys}
    for name, keys in after[0].items():
        judged = {*keys, *(key for key in before[0].get(name, ()) if key not in taken)}
        expected = {
            (path, old, new)
            for path in {*before[1], *after[1]}
            if (old := level(judged, before[1], path)) is not (new := level(judged, after[1], path))
        }
        found = {tuple(each) for each in changes[name].by_stanza} if name in changes else set()
        assert found == expected


@pytest.mark.property
@given(_sides)
def test_nothing_changes_between_a_state_and_itself(side: Any) -> None:
    changes = changes_between(access(side), access(side))
    assert changes == ((), ())


@pytest.mark.property
@given(_hosts, _files, _files)
def test_the_way_back_gives_what_the_way_took(hosts: Any, before: Any, after: Any) -> None:
    there = changes_between(access((hosts, before)), access((hosts, after)))
    back = changes_between(access((hosts, after)), access((hosts, before)))

    def files(changes: Any, *, backwards: bool) -> set[tuple[str, str, Level, Level]]:
        return {
            (host.host.label, path, *((new, old) if backwards else (old, new)))
            for host in changes.hosts
            for path, old, new in host.by_stanza
        }

    assert files(there, backwards=False) == files(back, backwards=True)
