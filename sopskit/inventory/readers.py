"""Who can open a file: hosts by name, and keys that nobody names, alone or only with others.

A host has one key or more. A file has one key group, which any of its keys opens, or several, of which a
number (its threshold) is needed (sops, README, "Key groups").
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sopskit.inventory.configs import Configs
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Role

    Groups = Sequence[Sequence[Recipient]]

_KEY_ID = 16  # hexadecimal digits of a 64-bit PGP key id, the end of a fingerprint


class Level(IntEnum):
    """What one's keys are good for in one file."""

    NONE = 0
    SHARE = 1  # they open a key group or more, fewer than are needed
    ALONE = 2

    @property
    def word(self) -> str:
        """As JSON has it: `none`, `share`, `alone`."""
        return self.name.lower()


class Reader(NamedTuple):
    """One who holds keys.

    Attributes:
        name: of the host; None for a key that no anchor names.
        role: machine, user, or None where it is unknown.
        recipients: its keys; of a reader without a name there is one.
    """

    name: str | None
    role: Role | None
    recipients: tuple[Recipient, ...]

    @property
    def label(self) -> str:
        """The name, or the key in full."""
        return self.name if self.name is not None else self.recipients[0].key


class Holders:
    """Which key belongs to whom. A holder is a number; a key of nobody gets one of its own when it is met.

    A PGP key that a file names by its fingerprint, and `.sops.yaml` by the end of that, is one key.
    """

    def __init__(self, known: Iterable[Reader] = ()) -> None:
        self.readers: list[Reader] = []
        self._by_key: dict[Recipient, tuple[int, ...]] = {}
        self._by_key_id: dict[str, tuple[int, ...]] = {}
        for each in known:
            self.add(each)

    def add(self, reader: Reader) -> int:
        """A holder with these keys; a key may have several."""
        number = len(self.readers)
        self.readers.append(reader)
        for recipient in reader.recipients:
            self._by_key[recipient] = (*self._by_key.get(recipient, ()), number)
            if recipient.kind is KeyKind.PGP:
                key_id = _key_id(recipient)
                self._by_key_id[key_id] = (*self._by_key_id.get(key_id, ()), number)
        return number

    def known(self, recipient: Recipient) -> tuple[int, ...]:
        """The holders of a key, were it none."""
        found = self._by_key.get(recipient, ())
        if found or recipient.kind is not KeyKind.PGP:
            return found
        candidates = self._by_key_id.get(_key_id(recipient), ())
        return tuple(n for n in candidates if any(_is_same(recipient, r) for r in self.readers[n].recipients))

    def is_unnamed(self, recipient: Recipient) -> bool:
        """Whether a key was met, and has no name."""
        found = self.known(recipient)
        return bool(found) and all(self.readers[number].name is None for number in found)

    def of(self, recipient: Recipient) -> tuple[int, ...]:
        """The holders of a key, one at least."""
        return self.known(recipient) or (self.add(Reader(None, None, (recipient,))),)

    def levels(self, groups: Groups, threshold: int) -> dict[int, Level]:
        """What each holder can do in a file of these key groups; who can do nothing is left out.

        Args:
            groups: the recipients of each group.
            threshold: how many groups are needed; 0 with one group.
        """
        opened: dict[int, int] = {}
        for group in groups:
            for number in {number for recipient in group for number in self.of(recipient)}:
                opened[number] = opened.get(number, 0) + 1
        needed = threshold or 1
        return {n: Level.ALONE if count >= needed else Level.SHARE for n, count in sorted(opened.items())}


def named_readers(configs: Configs) -> list[Reader]:
    """The hosts of every config, in the order of the files; one name is one host."""
    found: dict[str, Reader] = {}
    for config in configs.all():
        for host in config.document.hosts():
            if host.name is not None:
                known = found.get(host.name, Reader(host.name, None, ()))
                keys = [key.recipient for key in host.keys if key.recipient is not None]
                recipients = tuple(dict.fromkeys((*known.recipients, *keys)))
                found[host.name] = Reader(host.name, known.role or host.role, recipients)
    return list(found.values())


def labels(numbers: Mapping[int, Level], readers: Sequence[Reader], level: Level) -> list[str]:
    """The labels of those who have this level, sorted: hosts with a name first."""
    chosen = [readers[number] for number, each in numbers.items() if each is level]
    return [each.label for each in sorted(chosen, key=lambda each: (each.name is None, each.label))]


def _key_id(recipient: Recipient) -> str:
    return recipient.key.rstrip("!")[-_KEY_ID:]


def _is_same(one: Recipient, other: Recipient) -> bool:
    """Whether two PGP keys are one, of which one or both may be a key id."""
    texts = [each.key.rstrip("!") for each in (one, other) if each.kind is KeyKind.PGP]
    return (
        len(texts) == 2
        and (texts[0] == texts[1] or min(map(len, texts)) == _KEY_ID)
        and (texts[0][-_KEY_ID:] == texts[1][-_KEY_ID:])
    )
