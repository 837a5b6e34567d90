"""init: a first `.sops.yaml`, for the layout of the repository and the keys found on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, SopskitError, UsageError
from sopskit.keys import recipients
from sopskit.keys.recipients import KeyKind, Recipient, StanzaKind
from sopskit.sops_yaml.node_edits import quote
from sopskit.sops_yaml.reading import load_text
from sopskit.workflows.anchors import anchor_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sopskit.repo.discovery import Repository
    from sopskit.workflows.own_keys import OwnKeys


class FoundKey(NamedTuple):
    """A public key of this machine: the recipient, and where its private half was found."""

    recipient: Recipient
    source: str


class RuleTemplate(NamedTuple):
    """A rule of a layout: its comment, its pattern, and further fields."""

    comment: str
    path_regex: str
    fields: tuple[str, ...] = ()


_FLUX = RuleTemplate(
    "Manifests that Flux applies: it reads kind and metadata, so only data and stringData are encrypted.",
    r"^(clusters|apps|infrastructure)/.*\.sops\.ya?ml$",
    ("encrypted_regex: ^(data|stringData)$",),
)
_FLUX_FILES = RuleTemplate(
    "Files for a secretGenerator: encrypted whole.",
    r"^(clusters|apps|infrastructure)/.*\.sops\.(env|json|ini)$",
)
_NIXOS = RuleTemplate("What sops-nix reads.", r"^secrets/.*\.(yaml|json|env|ini|key)$")

_RULES = {"flux": (_FLUX, _FLUX_FILES), "nixos": (_NIXOS,), "both": (_FLUX, _FLUX_FILES, _NIXOS)}


def find_public_keys(own_keys: OwnKeys) -> list[FoundKey]:
    """The public halves of this machine's identities, in the order in which sops finds them."""
    identities, keyring = own_keys
    found = [FoundKey(identity.recipient, identity.source) for identity in identities]
    try:
        secret = keyring.keys(secret=True)
    except SopskitError:  # no gpg: then there are no PGP keys to offer
        secret = []
    usable = [key for key in secret if key.can_encrypt and not key.expired and not key.revoked]
    found += [FoundKey(recipients.label(StanzaKind.PGP, key.fingerprint), "GPG keyring") for key in usable]
    return list({each.recipient: each for each in reversed(found)}.values())[::-1]


def first_config(name: str, keys: Sequence[Recipient], layout: str) -> str:
    """The text of a first `.sops.yaml`.

    Args:
        name: the name of the person, which becomes the anchor.
        keys: the person's keys, at least one.
        layout: `flux`, `nixos` or `both`.

    Raises:
        UsageError: a key is neither of age, SSH nor PGP, or its comment cannot stand in `.sops.yaml`.
    """
    for key in keys:
        if key.stanza_kind not in (StanzaKind.AGE, StanzaKind.PGP):
            raise UsageError("init takes age, SSH and PGP keys", hint="add cloud keys to the rules by hand")
        if any(mark in key.text for mark in ",\r\n\0"):
            raise UsageError("the key's comment has a comma or a line break", hint="leave the comment out")
    anchors = anchor_names(name, keys)
    lines = [
        "# Who reads which secret. A host (a machine or a person) is a name under `keys:`;",
        "# a rule gives the files that its pattern claims to hosts. The first rule that matches counts.",
        "keys:",
        "  - users:",
        *(f"      - &{anchor} {quote(key.text)}" for anchor, key in zip(anchors, keys, strict=True)),
        "creation_rules:",
    ]
    pgp = [anchor for anchor, key in zip(anchors, keys, strict=True) if key.kind is KeyKind.PGP]
    age = [anchor for anchor in anchors if anchor not in pgp]
    for rule in _RULES[layout]:
        lines += [f"  # {rule.comment}", f"  - path_regex: {rule.path_regex}"]
        lines += [f"    {field}" for field in rule.fields]
        lines += ["    key_groups:", *_group(age, pgp)]
    text = "\n".join(lines) + "\n"
    load_text(text, ".sops.yaml")  # what is written can be read
    return text


def _group(age: Sequence[str], pgp: Sequence[str]) -> Iterable[str]:
    """One key group; a dash of its own for the second field would make two groups (Shamir)."""
    dash = "- "
    for field, anchors in (("age", age), ("pgp", pgp)):
        if anchors:
            yield f"      {dash}{field}:"
            yield from (f"          - *{anchor}" for anchor in anchors)
            dash = "  "


def config_exists(folder: Path) -> bool:
    """Whether a folder has a `.sops.yaml` with something in it; an empty one counts for none."""
    path = folder / ".sops.yaml"
    return os.path.lexists(path) and not (path.is_file() and path.stat().st_size == 0)


def config_above(repository: Repository, folder: Path) -> str | None:
    """The `.sops.yaml` that governs a folder from above, up to the repository's root; None without one."""
    place = folder.resolve()
    while place != repository.root:
        place = place.parent
        if config_exists(place):
            return repository.relative(place / ".sops.yaml")
    return None


def write_config(repository: Repository, folder: Path, text: str) -> str:
    """Write the first `.sops.yaml` into a folder; returns its path in the repository.

    Raises:
        ConfigurationError: there is one already.
        FailedError: it cannot be written.
    """
    from sopskit.repo.staging import stage
    from sopskit.repo.targets import Target
    from sopskit.repo.transaction import Transaction

    path = repository.relative(folder.resolve() / ".sops.yaml")
    if config_exists(folder):
        raise ConfigurationError("exists already", hint="sopskit add-host adds a host to it", path=path)
    is_empty = (folder / ".sops.yaml").exists()
    target = Target.replacing(repository.read(path)) if is_empty else Target.new(path)
    with Transaction(repository) as transaction:
        (draft,) = transaction.plan([target])
        stage(draft, text.encode())
        transaction.commit()
    return path
