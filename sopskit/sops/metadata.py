"""The metadata of a SOPS file: which recipients hold the data key, in which groups, under which MAC.

The formats differ in where they keep it, not in what it says: each gives a plain nested mapping, and
`metadata_from` reads that as sops does.

Source: getsops/sops, stores/stores.go (names and order) and stores/metadata.go, which decodes with
mapstructure's `WeaklyTypedInput`: `"2"` is a number, `[]`, null and nothing at all are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.keys import recipients
from sopskit.keys.recipients import Recipient, StanzaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

# The order of the stanzas in a group (stores.go, internalGroupFrom), which is the order they are tried in.
GROUP_ORDER = (
    StanzaKind.KMS,
    StanzaKind.GCP_KMS,
    StanzaKind.HCKMS,
    StanzaKind.AZURE_KV,
    StanzaKind.HC_VAULT,
    StanzaKind.PGP,
    StanzaKind.AGE,
)

SELECTORS = (
    "unencrypted_suffix",
    "encrypted_suffix",
    "unencrypted_regex",
    "encrypted_regex",
    "unencrypted_comment_regex",
    "encrypted_comment_regex",
)

# Where age and PGP keys, which have a spelling of their own, stand in a stanza.
SPELLING_FIELD = {StanzaKind.AGE: "recipient", StanzaKind.PGP: "fp"}

# Where the kinds whose name is one field have it.
_NAME_FIELD = {**SPELLING_FIELD, StanzaKind.GCP_KMS: "resource_id", StanzaKind.HCKMS: "key_id"}

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"", "0", "f", "F", "false", "FALSE", "False"})


class Stanza(NamedTuple):
    """One recipient's wrapped copy of the data key, or of its group's share.

    Attributes:
        recipient: the public key; its text is the spelling in the file.
        enc: the wrapped key, newlines included: armored age or PGP, or a cloud's base64.
        created_at: RFC 3339 time, which every kind but age must have.
        fields: name and value of the further fields of a cloud key (arn, role, context, ...), by name.
    """

    recipient: Recipient
    enc: str
    created_at: str | None = None
    fields: tuple[tuple[str, Any], ...] = ()

    def __hash__(self) -> int:
        return hash(self.enc)  # the values of `fields` may be dicts

    @property
    def kind(self) -> StanzaKind:
        """The list that the stanza stands in."""
        return self.recipient.stanza_kind

    @property
    def identity(self) -> tuple[Recipient, str]:
        """What makes two stanzas one and the same: the key and its wrapped copy, not the spelling."""
        return self.recipient, self.enc

    def mapping(self) -> dict[str, Any]:
        """The stanza as SOPS stores it, keys sorted as since 3.13."""
        values: dict[str, Any] = dict(self.fields)
        values["enc"] = self.enc
        if self.created_at is not None:
            values["created_at"] = self.created_at
        if self.kind in SPELLING_FIELD:
            values[SPELLING_FIELD[self.kind]] = self.recipient.text
        context = values.get("context")
        if isinstance(context, dict):
            values["context"] = dict(sorted(context.items()))
        return dict(sorted(values.items()))


Group = tuple[Stanza, ...]


class Selector(NamedTuple):
    """Which values are encrypted: one of `SELECTORS` and its text."""

    name: str
    value: str


class Metadata(NamedTuple):
    """What SOPS stores beside the data.

    Attributes:
        groups: the key groups, each in sops's order; one where the file has flat lists.
        shamir_threshold: how many groups open the file; 0 where none is stored, which means all of them.
        lastmodified: RFC 3339 time as in the file.
        mac: the encrypted MAC.
        version: of the sops that wrote the file, or an empty text.
        selector: the one stored, or None, which means `unencrypted_suffix` `_unencrypted`.
        mac_only_encrypted: whether the MAC covers encrypted values only.
    """

    groups: tuple[Group, ...]
    shamir_threshold: int
    lastmodified: str
    mac: str
    version: str
    selector: Selector | None
    mac_only_encrypted: bool

    @property
    def threshold(self) -> int:
        """How many groups open the file; see `effective_threshold`."""
        return effective_threshold(len(self.groups), self.shamir_threshold)


def effective_threshold(groups: int, stored: int) -> int:
    """How many of several key groups open a file; 0 with one group, which holds the data key itself.

    Args:
        groups: how many there are.
        stored: the `shamir_threshold` of a file or a rule; 0 where there is none, which means all groups.
    """
    return (stored or groups) if groups > 1 else 0


def metadata_from(mapping: Mapping[str, Any]) -> Metadata:
    """Read the mapping that a format found under `sops`.

    Args:
        mapping: nested dicts, lists and scalars; scalars may be texts, as in formats without types. The
            items of a flat list may be stanzas already, of the kind that the list is for.

    Raises:
        BrokenFileError: no key, no MAC or no time in it, two selectors, or a value of a wrong shape.
    """
    mac, lastmodified = _text(mapping, "mac"), _text(mapping, "lastmodified")
    if not mac or not lastmodified:
        missing = "mac" if lastmodified else "lastmodified"
        raise BrokenFileError(
            f"the SOPS metadata is incomplete: {missing} is missing", hint="restore the file from git history"
        )
    return Metadata(
        groups=_groups(mapping),
        shamir_threshold=_number(mapping, "shamir_threshold"),
        lastmodified=lastmodified,
        mac=mac,
        version=_text(mapping, "version"),
        selector=_selector(mapping),
        mac_only_encrypted=_flag(mapping, "mac_only_encrypted"),
    )


def stanza_from(kind: StanzaKind, mapping: Mapping[str, Any]) -> Stanza:
    """Read one item of the list `kind`.

    Raises:
        BrokenFileError: it has no `enc`, names no recipient, or has a value of a wrong shape.
    """
    if not isinstance(mapping, dict):
        raise _wrong_shape(kind)
    enc, name = _text(mapping, "enc"), _name(kind, mapping)
    if not enc or not name:
        raise BrokenFileError(
            f"a stanza of {kind} in the SOPS metadata has no {'recipient' if enc else 'enc'}",
            hint="restore the file from git history",
        )
    own = {"enc", "created_at", SPELLING_FIELD.get(kind)}
    return Stanza(
        recipient=recipients.label(kind, name),
        enc=enc,
        created_at=_text(mapping, "created_at") or None,
        fields=tuple(sorted((key, value) for key, value in mapping.items() if key not in own)),
    )


def items(mapping: Mapping[str, Any], key: str) -> list[Any]:
    """The list under `key`; `[]`, `{}`, null, an empty text and nothing at all are an empty one.

    Raises:
        BrokenFileError: it is something else.
    """
    value = mapping.get(key)
    if not value:
        return []
    if not isinstance(value, list):
        raise _wrong_shape(key)
    return value


def _groups(mapping: Mapping[str, Any]) -> tuple[Group, ...]:
    """Flat lists win over `key_groups` (stores.go, internalKeygroups)."""
    flat = _group(mapping)
    if flat:
        return (flat,)
    groups = []
    for group in items(mapping, "key_groups"):
        if not isinstance(group, dict):
            raise _wrong_shape("key_groups")
        groups.append(_group(group))
    if not any(groups):
        raise BrokenFileError(
            "the SOPS metadata names no recipient", hint="restore the file from git history"
        )
    return tuple(groups)


def _group(mapping: Mapping[str, Any]) -> Group:
    return tuple(
        item if isinstance(item, Stanza) else stanza_from(kind, item)
        for kind in GROUP_ORDER
        for item in items(mapping, kind)
    )


def _name(kind: StanzaKind, mapping: Mapping[str, Any]) -> str:
    """How sops names the key of a stanza (each keysource.go, ToString)."""
    if kind in _NAME_FIELD:
        return _text(mapping, _NAME_FIELD[kind])
    if kind is StanzaKind.KMS:
        return _kms_name(mapping)
    if kind is StanzaKind.AZURE_KV:
        return "{}/keys/{}/{}".format(*(_text(mapping, key) for key in ("vault_url", "name", "version")))
    return "{}/v1/{}/keys/{}".format(
        *(_text(mapping, key) for key in ("vault_address", "engine_path", "key_name"))
    )


def _kms_name(mapping: Mapping[str, Any]) -> str:
    name, role, profile = (_text(mapping, key) for key in ("arn", "role", "aws_profile"))
    if role:
        name = f"{name}+{role}"
    pairs = mapping.get("context") or {}
    if not isinstance(pairs, dict):
        raise _wrong_shape("context")
    context = ",".join(f"{key}:{_text(pairs, key)}" for key in sorted(pairs))
    if profile:
        return f"{name}|{context}|{profile}"
    return f"{name}|{context}" if context else name


def _selector(mapping: Mapping[str, Any]) -> Selector | None:
    found = [
        Selector(name, value) for name in SELECTORS if name in mapping and (value := _text(mapping, name))
    ]
    if len(found) > 1:
        raise BrokenFileError(
            f"the SOPS metadata has both {found[0].name} and {found[1].name}",
            hint="sops opens no such file; restore it from git history",
        )
    return found[0] if found else None


def _text(mapping: Mapping[str, Any], key: str) -> str:
    value = mapping.get(key)
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise _wrong_shape(key)
    return value if isinstance(value, str) else str(value)


def _number(mapping: Mapping[str, Any], key: str) -> int:
    text = _text(mapping, key)
    if text and not (text.isascii() and text.isdigit() and len(text) < 6):
        raise _wrong_shape(key)
    return int(text or "0")


def _flag(mapping: Mapping[str, Any], key: str) -> bool:
    """A boolean, spelt as Go's strconv.ParseBool reads it."""
    text = _text(mapping, key)
    if text not in _TRUE | _FALSE:
        raise _wrong_shape(key)
    return text in _TRUE


def _wrong_shape(key: str) -> BrokenFileError:
    return BrokenFileError(
        f"{key} in the SOPS metadata has a shape that sops does not write",
        hint="restore the file from git history",
    )
