"""Named keys under `keys:`, and the hosts they belong to.

`keys:` is a convention that sops does not know. An anchor's name less a kind suffix is a host's name; the
list around the anchors, or a prefix of the name, says whether it is a machine or a person.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import InvalidRecipientError
from sopskit.keys import recipients
from sopskit.keys.recipients import KeyKind
from sopskit.sops_yaml.model import Host, NamedKey
from sopskit.text.yaml_tree import Document, Mapping, Node, Scalar, Sequence, anchor_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.sops_yaml.model import Role, Rule

# What sops itself reads at the top level; anchors below any other name are keys by convention.
_READ_BY_SOPS = ("creation_rules", "destination_rules", "stores")

_ROLE_OF_LIST: dict[str, Role] = {
    **dict.fromkeys(("user", "admin", "person", "people", "human", "operator", "developer", "team"), "user"),
    **dict.fromkeys(("host", "server", "machine", "node", "cluster", "system", "device"), "machine"),
}
_ROLE_OF_PREFIX: dict[str, Role] = {
    **dict.fromkeys(("admin", "user"), "user"),
    **dict.fromkeys(("server", "host", "machine"), "machine"),
}

_KIND_SUFFIX = re.compile(r"(?P<host>.+)_(?P<kind>age|ssh|pgp|pq)[0-9]?")


def role_of_list(name: str) -> Role | None:
    """The role of the keys in a list of this name under `keys:`."""
    word = name.lower()
    return _ROLE_OF_LIST.get(word) or _ROLE_OF_LIST.get(word.removesuffix("s"))


def role_of_name(anchor: str) -> Role | None:
    """The role that an anchor's prefix gives: `admin_`, `user_`, `server_`, `host_`, `machine_`."""
    prefix, separator, _ = anchor.partition("_")
    return _ROLE_OF_PREFIX.get(prefix) if separator else None


def host_name(key: NamedKey) -> str:
    """The name of the host that a key belongs to: `nebula` for `nebula_age` or `nebula_pgp2`.

    A suffix that contradicts the key, such as `_pgp` on an age key, is part of the name.
    """
    match = _KIND_SUFFIX.fullmatch(key.name)
    if match is None:
        return key.name
    if key.recipient is not None and (match["kind"] == "pgp") != (key.recipient.kind is KeyKind.PGP):
        return key.name
    return match["host"]


def named_keys(document: Document) -> Iterator[NamedKey]:
    """The anchored scalars outside of what sops reads, in the order of the text."""
    root = document.roots[0]
    if not isinstance(root, Mapping):
        return
    for pair in root.pairs:
        section = pair.key.value if isinstance(pair.key, Scalar) else ""
        if section in _READ_BY_SOPS:
            continue
        for scalar, role in _anchored_scalars(pair.value, role_of_list(section)):
            key = _named_key(document, scalar, role)
            if key is not None and (
                section == "keys" or key.recipient is not None or key.problem == _PRIVATE
            ):
                yield key


_PRIVATE = "this is a private key"


def _anchored_scalars(node: Node, role: Role | None) -> Iterator[tuple[Scalar, Role | None]]:
    """Scalars with an anchor, and the role that the innermost list with a telling name gives them."""
    anchor = anchor_of(node)
    if isinstance(node, Scalar):
        if anchor is not None:
            yield node, role
    elif isinstance(node, Sequence):
        role = (role_of_list(anchor.name) if anchor else None) or role
        for item in node.items:
            yield from _anchored_scalars(item, role)
    elif isinstance(node, Mapping):
        for pair in node.pairs:
            name = pair.key.value if isinstance(pair.key, Scalar) else ""
            yield from _anchored_scalars(pair.value, role_of_list(name) or role)


def _named_key(document: Document, scalar: Scalar, role: Role | None) -> NamedKey | None:
    """The key of an anchored scalar; None for a comma-separated string, which is a list of keys."""
    anchor = anchor_of(scalar)
    if anchor is None or "," in scalar.value:
        return None
    recipient, problem, text = None, None, scalar.value
    try:
        recipient = recipients.parse(scalar.value)
    except InvalidRecipientError as error:
        problem = error.message
        if recipients.is_private(scalar.value):
            problem, text = _PRIVATE, ""
    line = document.line(anchor.span.start)
    return NamedKey(anchor.name, recipient, text, line, role or role_of_name(anchor.name), problem, scalar)


def of(keys: Iterable[NamedKey], rules: Iterable[Rule]) -> tuple[Host, ...]:
    """Hosts of named keys, then one host without a name for each key that only rules name."""
    by_name: dict[str, list[NamedKey]] = {}
    for key in keys:
        by_name.setdefault(host_name(key), []).append(key)
    unnamed: dict[recipients.Recipient, NamedKey] = {}
    known = {key.recipient for key in keys}
    for rule in rules:
        for member in rule.members:
            recipient = member.recipient
            if recipient in known:
                continue
            if member.anchor is None:
                unnamed.setdefault(recipient, NamedKey("", recipient, recipient.text, member.line, None))
            else:
                role = role_of_name(member.anchor)
                key = NamedKey(member.anchor, recipient, recipient.text, member.line, role)
                by_name.setdefault(host_name(key), [])
                if key.name not in [other.name for other in by_name[host_name(key)]]:
                    by_name[host_name(key)].append(key)
    named = (
        Host(name, next((key.role for key in keys if key.role), None), tuple(keys))
        for name, keys in by_name.items()
    )
    return (*named, *(Host(None, None, (key,)) for key in unnamed.values()))
