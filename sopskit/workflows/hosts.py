"""Finding hosts, their rules and their keys in a `.sops.yaml`, and what a host may be called."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import UsageError
from sopskit.keys.recipients import KeyKind

if TYPE_CHECKING:
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Host, Rule, SopsYaml

_KEY_ID = 16


def host_named(document: SopsYaml, name: str) -> Host | None:
    """The host of that name, or None."""
    return next((host for host in document.hosts() if host.name == name), None)


def existing_host(document: SopsYaml, name: str) -> Host:
    """The host of that name.

    Raises:
        UsageError: there is none.
    """
    host = host_named(document, name)
    if host is None:
        known = ", ".join(sorted(host.name for host in document.hosts() if host.name))
        raise UsageError(
            f"there is no host {name}",
            hint=f"{document.path} names: {known}" if known else f"sopskit add-host {name}",
        )
    return host


def recipients_of(host: Host) -> tuple[Recipient, ...]:
    """A host's keys, those left out that are none."""
    return tuple(key.recipient for key in host.keys if key.recipient is not None)


def rules_of_host(document: SopsYaml, name: str) -> tuple[int, ...]:
    """The numbers of the rules that a host has a key in.

    Raises:
        UsageError: there is no such host.
    """
    keys = set(recipients_of(existing_host(document, name)))
    return tuple(
        rule.number for rule in document.rules if any(member.recipient in keys for member in rule.members)
    )


def rule_numbered(document: SopsYaml, number: int) -> Rule:
    """The rule of that number, from 1.

    Raises:
        UsageError: there is none.
    """
    if not 1 <= number <= len(document.rules):
        raise UsageError(
            f"there is no rule {number}",
            hint=f"{document.path} has rules 1 to {len(document.rules)}",
            path=document.path,
        )
    return document.rules[number - 1]


def refuse_known_key(document: SopsYaml, recipient: Recipient) -> None:
    """Refuse a key that is in the file under a name.

    Raises:
        UsageError: naming the anchor.
    """
    for key in document.keys:
        if is_same_key(key.recipient, recipient):
            raise UsageError(
                f"this key is in the file already, as &{key.name}",
                hint="one key under two names cannot be taken away by name; use the host it belongs to",
                path=document.path,
                line=key.line,
            )


def is_same_key(known: Recipient | None, recipient: Recipient) -> bool:
    """Whether two recipients are one key, or one of them is the other's 64-bit PGP key id."""
    if known is None or recipient.kind is not KeyKind.PGP or known.kind is not KeyKind.PGP:
        return known == recipient
    one, other = known.key.rstrip("!"), recipient.key.rstrip("!")
    shorter = min(len(one), len(other))
    return one == other if shorter > _KEY_ID else one[-_KEY_ID:] == other[-_KEY_ID:]


def name_problem(name: str) -> str | None:
    """What is wrong with a host's name, or None.

    What YAML takes as an anchor is wider; what people, shells and other YAML parsers read is this.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        return "a name has letters, digits, - and _, and begins with a letter or digit"
    if re.search(r"_(age|ssh|pgp|pq)\d?$", name):
        return "a name must not end in _age, _ssh, _pgp or _pq: these mark a host's second key"
    return None


def checked_name(name: str, flag: str) -> str:
    """The name, if it is one.

    Raises:
        UsageError: it is not.
    """
    problem = name_problem(name)
    if problem is not None:
        raise UsageError(f"{flag}: {problem}", hint="choose another name")
    return name
