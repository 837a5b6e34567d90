"""From the fields of a rule to its key groups, as sops builds them (config/config.go).

The order within a group is age, pgp, kms, gcp_kms, hckms, azure_keyvault, hc_vault. What sops would only
find wrong once it has chosen the rule is kept as a problem, not raised.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import recipients
from sopskit.keys.recipients import StanzaKind
from sopskit.sops_yaml.model import Member
from sopskit.text.yaml_tree import Document, Node, anchor_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sopskit.sops_yaml.decoding import Decoded

# The field of each kind, on a rule itself and in a key group, in the order of sops.
FLAT_FIELDS = {
    StanzaKind.AGE: "age",
    StanzaKind.PGP: "pgp",
    StanzaKind.KMS: "kms",
    StanzaKind.GCP_KMS: "gcp_kms",
    StanzaKind.HCKMS: "hckms",
    StanzaKind.AZURE_KV: "azure_keyvault",
    StanzaKind.HC_VAULT: "hc_vault_transit_uri",
}
GROUP_FIELDS = FLAT_FIELDS | {StanzaKind.HC_VAULT: "hc_vault"}


class _Named(NamedTuple):
    """A recipient's text and where it stands, see `Member`."""

    text: str
    anchor: str | None
    position: int
    holder: Node
    item: int


class Members:
    """Builds the groups of one rule.

    Attributes:
        problem: the first thing that sops would fail on, or None.
        grouped: whether the rule has `key_groups`; only in these sops removes duplicates.
    """

    def __init__(self, document: Document, path: str) -> None:
        self.document = document
        self.path = path
        self.problem: ConfigurationError | None = None
        self.grouped = False

    def groups(self, rule: Mapping[str, Decoded]) -> tuple[tuple[Member, ...], ...]:
        """The members of every group, duplicates included; `key_groups` overrides the flat fields."""
        key_groups = rule.get("key_groups")
        if key_groups is None or not key_groups.items:
            return (tuple(self._flat(rule)),)
        self.grouped = True
        return tuple(tuple(self._group(group.fields)) for group in key_groups.items)

    def _flat(self, rule: Mapping[str, Decoded]) -> Iterator[Member]:
        profile = _text(rule, "aws_profile")
        for kind, name in FLAT_FIELDS.items():
            for named in self._flat_texts(rule[name]) if name in rule else ():
                text = named.text
                if kind in (StanzaKind.HCKMS, StanzaKind.HC_VAULT) and not text.strip():
                    continue
                if kind in (StanzaKind.KMS, StanzaKind.GCP_KMS):
                    text = text.replace(" ", "")
                if kind is StanzaKind.KMS and profile:
                    text = f"{text}||{profile}"
                yield from self._member(kind, named._replace(text=text))

    def _flat_texts(self, value: Decoded) -> Iterator[_Named]:
        """A flat field is a comma-separated string or a list of such strings (parseKeyField)."""
        if isinstance(value.value, str):
            yield from self._parts(value, drop_empty=True)
        elif isinstance(value.value, list):
            if any(not isinstance(item.value, str) for item in value.items):
                self._refuse("sops expects a string for each item of this list", value.node)
            elif any(item.text for item in value.items):
                for index, item in enumerate(value.items):
                    yield from self._item(value, index, item, split=True)
        else:
            self._refuse("sops expects a string or a list of strings here", value.node)

    def _group(self, group: Mapping[str, Decoded]) -> Iterator[Member]:
        for merged in group["merge"].items if "merge" in group else ():
            yield from self._group(merged.fields)
        for kind, name in GROUP_FIELDS.items():
            value = group.get(name)
            if value is None:
                continue
            spell = _SPELLED.get(kind)
            for index, item in enumerate(value.items):
                if kind is StanzaKind.AGE and not item.text:
                    continue
                for named in self._item(value, index, item, split=kind is StanzaKind.AGE):
                    text = named.text if spell is None else spell(item.fields)
                    yield from self._member(kind, named._replace(text=text), in_fields=spell is not None)

    def _item(self, value: Decoded, index: int, item: Decoded, *, split: bool) -> Iterator[_Named]:
        if split and "," in item.text:
            yield from self._parts(item)
            return
        own = anchor_of(item.node)
        anchor = item.alias.name if item.alias else own.name if own else None
        position = (item.alias or item.node).span.start
        yield _Named(item.text, anchor, position, value.node, index)

    def _parts(self, value: Decoded, *, drop_empty: bool = False) -> Iterator[_Named]:
        """The parts of a comma-separated string; an alias to a single key keeps its name."""
        if value.alias is not None and "," not in value.text and value.text:
            yield _Named(value.text, value.alias.name, value.alias.span.start, value.alias, 0)
            return
        raw = self.document.text
        position = value.node.span.start
        for index, part in enumerate(value.text.split(",")):
            text = part.strip()
            found = raw.find(text, position, value.node.span.end)
            position = position if found < 0 else found
            if text or not drop_empty:
                yield _Named(text, None, position, value.node, index)

    def _member(self, kind: StanzaKind, named: _Named, *, in_fields: bool = False) -> Iterator[Member]:
        """The member, unless sops would fail on it; what a group spells in fields it takes unchecked."""
        line = self.document.line(named.position)
        try:
            if recipients.is_private(named.text) or kind is StanzaKind.AGE:
                recipient = recipients.parse_age(named.text)
            else:
                unchecked = in_fields and kind is not StanzaKind.HCKMS
                recipient = recipients.label(kind, named.text if unchecked else _checked(kind, named.text))
        except InvalidRecipientError as error:
            if self.problem is None:
                self.problem = ConfigurationError(error.message, hint=error.hint, path=self.path, line=line)
            return
        yield Member(recipient, named.anchor, line, named.holder, named.item)

    def _refuse(self, message: str, node: Node) -> None:
        if self.problem is None:
            line = self.document.line(node.span.start)
            self.problem = ConfigurationError(message, path=self.path, line=line)


def without_duplicates(group: tuple[Member, ...]) -> tuple[Member, ...]:
    """A group as sops keeps it: of members with one kind and one spelling the first (deduplicateKeygroup)."""
    first: dict[tuple[StanzaKind, str], Member] = {}
    for member in group:
        first.setdefault((member.recipient.stanza_kind, member.recipient.text), member)
    return tuple(first.values())


def _text(fields: Mapping[str, Decoded], name: str) -> str:
    return fields[name].text if name in fields else ""


def _kms(fields: Mapping[str, Decoded]) -> str:
    """kms/keysource.go, ToString: `arn+role|context|profile`, later parts left out where empty."""
    role, profile = _text(fields, "role"), _text(fields, "aws_profile")
    pairs = fields["context"].fields if "context" in fields else {}
    context = ",".join(f"{key}:{pairs[key].text}" for key in sorted(pairs))
    arn = _text(fields, "arn") + (f"+{role}" if role else "")
    if profile:
        return f"{arn}|{context}|{profile}"
    return f"{arn}|{context}" if context else arn


def _azure(fields: Mapping[str, Decoded]) -> str:
    return f"{_text(fields, 'vaultUrl')}/keys/{_text(fields, 'key')}/{_text(fields, 'version')}"


# Kinds that a key group spells as mappings.
_SPELLED: dict[StanzaKind, Callable[[Mapping[str, Decoded]], str]] = {
    StanzaKind.KMS: _kms,
    StanzaKind.GCP_KMS: lambda fields: _text(fields, "resource_id").replace(" ", ""),
    StanzaKind.HCKMS: lambda fields: _text(fields, "key_id"),
    StanzaKind.AZURE_KV: _azure,
}


def _checked(kind: StanzaKind, text: str) -> str:
    """The spelling of a cloud key, checked as far as sops checks it without a network."""
    if kind is StanzaKind.HCKMS and not re.fullmatch(r"\s*[^:\s][^:]*:.*\S.*", text, re.DOTALL):
        raise InvalidRecipientError("this is no HuaweiCloud key", hint="expected REGION:KEY-UUID")
    if kind is StanzaKind.AZURE_KV:
        return _azure_url(text)
    if kind is StanzaKind.HC_VAULT:
        return _vault_uri(text)
    return text


def _azure_url(text: str) -> str:
    """azkv/keysource.go, NewMasterKeyFromURL; sops asks Azure for a version that is left out."""
    match = re.fullmatch(r"(https://[^/]+)/keys/([^/]+)(?:/([^/]*))?", text.strip())
    if match is None:
        raise InvalidRecipientError(
            "this is no Azure Key Vault key", hint="expected https://VAULT/keys/NAME/VERSION"
        )
    return f"{match[1]}/keys/{match[2]}/{match[3] or ''}"


def _vault_uri(text: str) -> str:
    """hcvault/keysource.go, NewMasterKeyFromURI: engine path and key name out of the URI's path."""
    from urllib.parse import urlsplit  # takes 5 ms to import, and few files need it

    try:
        uri = urlsplit(text)
    except ValueError:
        uri = urlsplit("")
    parts = [part for part in uri.path.strip("/").split("/") if part]
    if not uri.scheme or len(parts) < 4 or not re.fullmatch(r"v[0-9]+", parts[0]):
        raise InvalidRecipientError(
            "this is no Vault transit key", hint="expected https://VAULT:8200/v1/transit/keys/NAME"
        )
    return f"{uri.scheme}://{uri.netloc}/v1/{'/'.join(parts[1:-2])}/keys/{parts[-1]}"
