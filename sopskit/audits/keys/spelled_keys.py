"""Every public key that a `.sops.yaml` spells out, and where: what audits of keys go over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.findings import Place
from sopskit.keys.recipients import KeyKind
from sopskit.output.text import short
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.inventory.configs import Config
    from sopskit.keys.pgp import PgpKey
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import NamedKey, Role


class SpelledKey(NamedTuple):
    """A public key in a `.sops.yaml`.

    Attributes:
        recipient: the key.
        name: its anchor; "" where it has none.
        place: where it stands; for a key in a rule, that line.
        role: machine, user, or None where it is unknown.
    """

    recipient: Recipient
    name: str
    place: Place
    role: Role | None = None

    @property
    def label(self) -> str:
        """`nebula (age1qyqsz…)`, or the key alone."""
        return f"{shown(self.name)} ({short(self.recipient)})" if self.name else short(self.recipient)


def spelled_keys(subject: Subject) -> Iterator[SpelledKey]:
    """Each key once for each `.sops.yaml` that spells it out, at the first place."""
    for config in subject.configs():
        found: dict[Recipient, SpelledKey] = {}
        for each in (*_named(config), *_in_rules(config)):
            found.setdefault(each.recipient, each)
        yield from found.values()


def pgp_keys(subject: Subject) -> list[tuple[SpelledKey, PgpKey | None]]:
    """The PGP keys, and what the keyring says of each; none where the keyring is empty or not to be had."""
    spelled = [each for each in spelled_keys(subject) if each.recipient.kind is KeyKind.PGP]
    keyring = subject.keyring
    if not spelled or keyring is None:
        return []
    try:
        if not keyring.keys():
            return []
        return [(each, keyring.find(each.recipient)) for each in spelled]
    except SopskitError:
        return []


def place_of(config: Config, key: NamedKey) -> Place:
    """Where a named key stands, its anchor included."""
    if key.node is None:
        return Place.of_line(config.path, config.document.text, key.line)
    return Place.of_span(config.path, config.document.text, *key.node.span)


def _named(config: Config) -> Iterator[SpelledKey]:
    for key in config.document.keys:
        if key.recipient is not None:
            yield SpelledKey(key.recipient, key.name, place_of(config, key), key.role)


def _in_rules(config: Config) -> Iterator[SpelledKey]:
    for rule in config.document.rules:
        for member in rule.members:
            place = Place.of_line(config.path, config.document.text, member.line)
            yield SpelledKey(member.recipient, member.anchor or "", place)
