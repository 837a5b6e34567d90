"""The metadata of YAML and JSON as a tree that knows where each part stands in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops import selectors
from sopskit.sops.formats.changes import ALWAYS_IN_GROUP, ListChange, list_change, of_kind, order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.keys.recipients import StanzaKind
    from sopskit.sops.metadata import Metadata, Stanza

# The metadata is five levels deep; more is no metadata, and would cost a stack.
MAX_DEPTH = 16

_KINDS_BEFORE_3_10 = frozenset({"kms", "gcp_kms", "azure_kv", "hc_vault", "age", "pgp"})


class Scalar(NamedTuple):
    """A single value; `text` is None for null, `style` is YAML's quote or block indicator or empty."""

    text: str | None
    start: int
    end: int
    style: str = ""


class List(NamedTuple):
    """A sequence; `flow` where it is written in brackets."""

    items: tuple[Node, ...]
    start: int
    end: int
    flow: bool = True


class Entry(NamedTuple):
    """A key and its value."""

    key: Scalar
    value: Node

    @property
    def name(self) -> str:
        """The key's text."""
        return self.key.text or ""


class Map(NamedTuple):
    """A mapping; `flow` where it is written in braces."""

    entries: tuple[Entry, ...]
    start: int
    end: int
    flow: bool = True

    def entry(self, name: str) -> Entry | None:
        """The entry of that key, or None."""
        return next((entry for entry in self.entries if entry.name == name), None)

    @property
    def names(self) -> list[str]:
        """The keys in the order of the text."""
        return [entry.name for entry in self.entries]


Node = Scalar | List | Map


def plain(node: Node) -> Any:
    """The tree as dicts, lists, texts and None.

    Raises:
        BrokenFileError: a key stands twice in one mapping.
    """
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    result = {entry.name: plain(entry.value) for entry in node.entries}
    if len(result) < len(node.entries):
        raise BrokenFileError(
            "a key stands twice in the SOPS metadata", hint="a merge may have kept both sides: remove one"
        )
    return result


def is_empty(node: Node) -> bool:
    """Whether it stands for an empty list: `[]`, `{}`, null or an empty text."""
    if isinstance(node, Scalar):
        return not node.text
    return not (node.items if isinstance(node, List) else node.entries)


def is_zero(node: Node) -> bool:
    """Whether it stands for the number 0, or for none."""
    return isinstance(node, Scalar) and node.text in (None, "", "0")


def group_maps(block: Map) -> list[Map]:
    """The mappings that hold the lists of stanzas: the block itself, or the items of `key_groups`."""
    if any(not is_empty(entry.value) for entry in kind_entries(block)):
        return [block]
    groups = block.entry("key_groups")
    if groups is None or not isinstance(groups.value, List):
        return []
    return [item for item in groups.value.items if isinstance(item, Map)]


def kind_entries(group: Map) -> list[Entry]:
    """The entries of a group that are lists of stanzas."""
    return [entry for entry in group.entries if entry.name in sops_metadata.GROUP_ORDER]


def stanza_entries(block: Map) -> list[Entry]:
    """All entries of the metadata that a change of the groups replaces."""
    names = (*sops_metadata.GROUP_ORDER, "key_groups", "shamir_threshold")
    return [entry for entry in block.entries if entry.name in names]


def keeps_empty(group: Map, kind: str) -> bool:
    """Whether the file keeps a list of this kind that has become empty.

    sops before 3.10 wrote the lists of all six kinds, empty ones as `kms: []` or `"kms": null`.
    """
    return kind in _KINDS_BEFORE_3_10 and _KINDS_BEFORE_3_10.issubset(group.names)


def empty_sibling(group: Map) -> Entry | None:
    """Another list of stanzas that is empty."""
    return next((entry for entry in kind_entries(group) if is_empty(entry.value)), None)


def list_changes(
    group: Map, wanted: Sequence[Stanza]
) -> Iterator[tuple[StanzaKind, Entry | None, ListChange]]:
    """The lists of a group that change, each with its entry or None where there is none yet."""
    entries = {entry.name: entry for entry in kind_entries(group)}
    kinds = {stanza.kind for stanza in wanted}
    concerned = [kind for kind in sops_metadata.GROUP_ORDER if kind in entries or kind in kinds]
    for kind in sorted(concerned, key=order(group.names)):
        entry = entries.get(kind)
        asked = of_kind(wanted, kind)
        present = []
        if entry is not None and not is_empty(entry.value):
            present = [sops_metadata.stanza_from(kind, item) for item in plain(entry.value)]
        change = list_change(present, asked)
        if change:
            yield kind, entry, change


def recipient_scalar(item: Node, kind: StanzaKind) -> Scalar:
    """Where a stanza spells its recipient."""
    entry = item.entry(sops_metadata.SPELLING_FIELD[kind]) if isinstance(item, Map) else None
    if entry is None or not isinstance(entry.value, Scalar):
        raise BrokenFileError(f"a stanza of {kind} in the SOPS metadata names no recipient")
    return entry.value


def shape(groups: Sequence[Sequence[Stanza]], threshold: int) -> dict[str, Any]:
    """The stanza part of the metadata as SOPS 3.13 stores it, keys sorted."""
    values: dict[str, Any] = group_values(groups[0]) if len(groups) == 1 else {}
    if len(groups) > 1:
        always: dict[str, Any] = {kind: [] for kind in ALWAYS_IN_GROUP}
        values["key_groups"] = [dict(sorted((always | group_values(group)).items())) for group in groups]
    if threshold:
        values["shamir_threshold"] = threshold
    return dict(sorted(values.items()))


def stored(metadata: Metadata) -> dict[str, Any]:
    """The whole metadata as SOPS 3.13 stores it in a new file, keys sorted; numbers and booleans as such."""
    values = shape(metadata.groups, metadata.shamir_threshold)
    values |= {"lastmodified": metadata.lastmodified, "mac": metadata.mac, "version": metadata.version}
    if metadata.selector is not None:
        values[metadata.selector.name] = metadata.selector.value
    if metadata.mac_only_encrypted:
        values["mac_only_encrypted"] = True
    return dict(sorted(values.items()))


def value_changes(old: Metadata, new: Metadata) -> dict[str, str | bool | None]:
    """What changes in the metadata beside the stanzas and the threshold.

    Returns:
        Name -> new value, or None where it goes; what means the same already is not in it.
    """
    changed: dict[str, str | bool | None] = {
        name: value
        for name, value in (("lastmodified", new.lastmodified), ("mac", new.mac), ("version", new.version))
        if value != getattr(old, name)
    }
    if old.mac_only_encrypted != new.mac_only_encrypted:
        changed["mac_only_encrypted"] = new.mac_only_encrypted or None
    if (old.selector or selectors.DEFAULT) != (new.selector or selectors.DEFAULT):
        if old.selector is not None:
            changed[old.selector.name] = None
        if new.selector is not None:
            changed[new.selector.name] = new.selector.value
    return changed


def group_values(stanzas: Sequence[Stanza]) -> dict[str, Any]:
    """The lists of one group, by kind."""
    lists = {kind.value: of_kind(stanzas, kind) for kind in sops_metadata.GROUP_ORDER}
    return {kind: [stanza.mapping() for stanza in found] for kind, found in lists.items() if found}
