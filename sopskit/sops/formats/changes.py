"""What is to change in a file's stanzas, apart from how its format writes them.

The metadata keeps each kind's stanzas in a list of its own. So a change is, for every list: which of
its items go, which only change the spelling of their recipient, and which stanzas come behind the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sopskit.keys.recipients import StanzaKind
    from sopskit.sops.metadata import Stanza

# Before 3.13, YAML and JSON had the order of a Go struct (stores/stores.go of 3.9); since, it is sorted.
_STRUCT_ORDER = (
    "shamir_threshold",
    "key_groups",
    "kms",
    "gcp_kms",
    "hckms",
    "azure_kv",
    "hc_vault",
    "age",
    "lastmodified",
    "mac",
    "pgp",
)

# Kinds that sops 3.13 writes in every key group, as an empty list if need be (stores.go, keygroup).
ALWAYS_IN_GROUP = ("age", "hc_vault")


class ListChange(NamedTuple):
    """How one list of stanzas changes.

    Attributes:
        removed: positions of the items that go.
        spelt: position -> the new spelling of its recipient.
        added: stanzas to append.
        left: how many items stay.
    """

    removed: frozenset[int]
    spelt: dict[int, str]
    added: tuple[Stanza, ...]
    left: int

    def __bool__(self) -> bool:
        return bool(self.removed or self.spelt or self.added)


def list_change(present: Sequence[Stanza], wanted: Iterable[Stanza]) -> ListChange:
    """Compare the stanzas of one list with those it should have; the order of `wanted` adds no change."""
    missing = list(wanted)
    removed: set[int] = set()
    spelt: dict[int, str] = {}
    for index, stanza in enumerate(present):
        twin = next((other for other in missing if other.identity == stanza.identity), None)
        if twin is None:
            removed.add(index)
            continue
        missing.remove(twin)
        if twin.recipient.text != stanza.recipient.text:
            spelt[index] = twin.recipient.text
    return ListChange(frozenset(removed), spelt, tuple(missing), len(present) - len(removed))


def of_kind(stanzas: Iterable[Stanza], kind: StanzaKind) -> list[Stanza]:
    """Those of `stanzas` that stand in the list `kind`."""
    return [stanza for stanza in stanzas if stanza.kind is kind]


def order(keys: Sequence[str]) -> Callable[[str], tuple[int, str]]:
    """The order that a file with these metadata keys has, as a sort key: that of 3.13, or the older one."""
    if list(keys) == sorted(keys):
        return lambda key: (0, key)
    rank = {key: index for index, key in enumerate(_STRUCT_ORDER)}
    return lambda key: (rank.get(key, len(rank)), "" if key in rank else "~")


def place(keys: Sequence[str], new: str) -> int:
    """Before which of `keys` the key `new` belongs.

    Returns:
        An index into `keys`, or their number where it belongs behind the last.
    """
    rank = order(keys)
    return next((index for index, key in enumerate(keys) if rank(key) > rank(new)), len(keys))


def check_wanted(groups: Sequence[Sequence[Stanza]]) -> None:
    """Refuse stanzas that no SOPS file may end with.

    Raises:
        FailedError: no group, or a group without a stanza: nobody could open the file.
    """
    if not groups or not all(groups):
        raise FailedError(
            "a key group would have no recipient left", hint="keep at least one recipient in every group"
        )
