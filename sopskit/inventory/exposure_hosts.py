"""Who there ever was: hosts by the names that every `.sops.yaml` gave them, as sets of bits.

A key has the names that the present `.sops.yaml` gives it, else those it had last. So a host that was renamed
is one host. One that got another key under its name is two: a stolen machine that was set up anew is to read
what its former key is not to. An Ed25519 SSH key and the age key that is
made of it are one key: whoever has the private half of the one has that of the other.
"""

from __future__ import annotations

import contextlib
from functools import lru_cache
from typing import TYPE_CHECKING

from sopskit.errors import InvalidRecipientError, SopskitError
from sopskit.inventory.readers import Holders, Level, Reader, named_readers
from sopskit.keys.recipients import KeyKind, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.inventory.configs import Configs
    from sopskit.inventory.history_facts import Facts, Groups, Names
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient

#: The bit of everyone who has the repository.
EVERYONE = 1


class Hosts:
    """The hosts of a history; a set of them is a number with a bit for each.

    Args:
        names: each `.sops.yaml` as it has been, in order.
        inventory: of the work tree.
        asked: who is asked about: a public key is then a host of its own, beside the one that has it.
    """

    def __init__(self, names: Iterable[Names], inventory: Inventory, asked: str | None = None) -> None:
        names = list(names)
        self._inventory = inventory
        known, self._former = _readers(names, inventory.configs)
        key = _public_key(asked)
        if any(key in reader.recipients and len(reader.recipients) > 1 for reader in known):
            known.append(Reader(None, None, (key,) if key is not None else ()))
        self._holders = Holders(known)
        self._spellings: dict[Recipient, str] = {}  # of keys, as files have them
        self._masks: dict[tuple[int, int], tuple[Groups, int]] = {}
        self._configured: set[Recipient] = set()
        self._configured_mask = self._looked_at = 0
        for each in names:
            self._configured.update(each.members, *(keys for _, _, keys in each.hosts))
        self._configured.update(_configured(inventory.configs))
        self._configured = set(map(unified, self._configured))

    def able(self, groups: Groups, threshold: int) -> int:
        """Those whose keys suffice for a file of these key groups."""
        key = (id(groups), threshold)
        if key not in self._masks:  # most files of a rule have the same recipients
            levels = self._holders.levels(self._unified(groups), threshold)
            mask = sum(2 << number for number, level in levels.items() if level is Level.ALONE)
            self._masks[key] = (groups, mask)  # kept, so that no other object gets its id
        return self._masks[key][1]

    def entitled(self, path: str, facts: Facts) -> int:
        """Those who are to read a file of the work tree: those its rule names.

        One who has a stanza only is meant to where no rule claims the file, and where no `.sops.yaml` ever
        named him: by a rule that lost him, he is not.
        """
        target = self._inventory.target(path)
        present = self.able(facts.groups, facts.threshold)
        if target is None:
            return present
        return self.able(target.groups, target.threshold) | present & ~self._ever_configured()

    def _unified(self, groups: Groups) -> Groups:
        for group in groups:
            for recipient in group:
                key = unified(recipient)
                if self._spellings.get(key) != key.key:
                    self._spellings[key] = recipient.key
        return tuple(tuple(map(unified, group)) for group in groups)

    def _ever_configured(self) -> int:
        """Those whom some `.sops.yaml` named, of those met so far."""
        readers = self._holders.readers
        for number in range(self._looked_at, len(readers)):
            if not self._configured.isdisjoint(readers[number].recipients):
                self._configured_mask |= 2 << number
        self._looked_at = len(readers)
        return self._configured_mask

    def named(self, name: str) -> int:
        """The hosts of a name, with its former keys, or of a public key alone; none where there are none."""
        key = _public_key(name)
        return sum(
            2 << number
            for number, reader in enumerate(self._holders.readers)
            if name == reader.name or name in self._former.get(number, ()) or reader.recipients == (key,)
        )

    def label(self, bit: int) -> str | None:
        """The name of a host, and its former key; the key of one without a name; None for everyone."""
        if bit == EVERYONE:
            return None
        number = bit.bit_length() - 2
        reader = self._holders.readers[number]
        if reader.name is not None:
            return reader.name
        key = self._spellings.get(reader.recipients[0], reader.recipients[0].key)
        return f"{', '.join(self._former[number])} by its former key {key}" if number in self._former else key

    def labels(self) -> list[str]:
        """The names there ever were."""
        return sorted(reader.name for reader in self._holders.readers if reader.name is not None)


def bits(mask: int) -> Iterator[int]:
    """Each host of a set."""
    while mask:
        bit = mask & -mask
        yield bit
        mask ^= bit


@lru_cache(maxsize=4096)
def unified(recipient: Recipient) -> Recipient:
    """A key in the one form that stands for all its forms."""
    if recipient.kind is not KeyKind.SSH_ED25519:
        return recipient
    from sopskit.keys import ssh

    try:
        return ssh.to_age(recipient)
    except SopskitError:  # a label of a file may be anything
        return recipient


def _public_key(text: str | None) -> Recipient | None:
    with contextlib.suppress(InvalidRecipientError):
        return unified(parse(text)) if text else None
    return None


def _readers(names: Iterable[Names], configs: Configs) -> tuple[list[Reader], dict[int, tuple[str, ...]]]:
    """The hosts, and for each that is a former key its names."""
    last: dict[Recipient, tuple[tuple[str, str], ...]] = {}
    for each in names:
        last.update(_names_of((name, role, keys) for name, role, keys in each.hosts))
    present = named_readers(configs)
    last.update(_names_of((reader.name or "", reader.role or "", reader.recipients) for reader in present))
    roles = {reader.name: reader.role for reader in present}
    now = frozenset(roles)
    found: dict[str, list[Recipient]] = {reader.name: [] for reader in present if reader.name is not None}
    former: dict[Recipient, tuple[str, ...]] = {}
    still = Holders([Reader(None, None, tuple(map(unified, _configured(configs))))])
    for recipient, owners in last.items():
        for name, role in owners:
            if name in now and not still.known(recipient):
                former[recipient] = (*former.get(recipient, ()), name)
                continue
            found.setdefault(name, []).append(recipient)
            roles.setdefault(name, "user" if role == "user" else "machine" if role == "machine" else None)
    readers = [Reader(name, roles.get(name), tuple(keys)) for name, keys in found.items()]
    known = readers + [Reader(None, None, (recipient,)) for recipient in former]
    return known, dict(enumerate(former.values(), len(readers)))


def _names_of(
    hosts: Iterable[tuple[str, str, tuple[Recipient, ...]]],
) -> dict[Recipient, tuple[tuple[str, str], ...]]:
    found: dict[Recipient, tuple[tuple[str, str], ...]] = {}
    for name, role, keys in hosts:
        for recipient in dict.fromkeys(map(unified, keys)):
            found[recipient] = (*found.get(recipient, ()), (name, role))
    return found


def _configured(configs: Configs) -> Iterator[Recipient]:
    """The keys that the present `.sops.yaml` files name."""
    for config in configs.all():
        for key in config.document.keys:
            if key.recipient is not None:
                yield key.recipient
        for rule in config.document.rules:
            yield from (member.recipient for member in rule.members)
