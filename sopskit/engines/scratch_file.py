"""A SOPS file without values, through which sops re-wraps one key, and the rule that says for whom.

`sops updatekeys` opens what the stanzas of a file wrap and wraps it anew for the recipients of a rule. It
looks neither at the values nor at the MAC, and takes a share of a data key as well as a data key. So the
file needs nothing of the user's: it holds the stanzas alone.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from sopskit.errors import BrokenFileError
from sopskit.keys.recipients import StanzaKind
from sopskit.sops import formats
from sopskit.sops_yaml.members import GROUP_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.keys.recipients import Recipient
    from sopskit.sops.metadata import Group, Stanza

# What a stanza says of its key; all else that a file may have there is not handed on.
_KEY_FIELDS = {
    StanzaKind.AGE: ("recipient",),
    StanzaKind.PGP: ("fp",),
    StanzaKind.KMS: ("arn", "role", "aws_profile"),
    StanzaKind.GCP_KMS: ("resource_id",),
    StanzaKind.HCKMS: ("key_id",),
    StanzaKind.AZURE_KV: ("vault_url", "name", "version"),
    StanzaKind.HC_VAULT: ("vault_address", "engine_path", "key_name"),
}
_FRAME = {
    "lastmodified": "2020-01-01T00:00:00Z",
    "mac": "ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]",
    "version": "3.8.0",
}


def with_stanzas(stanzas: Sequence[Stanza]) -> bytes:
    """The file, as JSON, with stanzas of one group, which all wrap the same."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for stanza in stanzas:
        lists.setdefault(stanza.kind.value, []).append(_mapping(stanza))
    return json.dumps({"sops": {**_FRAME, **lists}}).encode()


def stanzas_in(data: bytes) -> Group:
    """The stanzas of the file as sops gave it back.

    Raises:
        BrokenFileError: it is no such file any more.
    """
    file = formats.read(data, formats.Format.JSON)
    if file is None or len(file.metadata.groups) != 1:
        raise BrokenFileError("sops gave back a file without its stanzas")
    return file.metadata.groups[0]


def rule_for(recipient: Recipient) -> bytes:
    """A `.sops.yaml` (in JSON, which is YAML too) whose one rule is for this recipient alone."""
    kind = recipient.stanza_kind
    spelled = _SPELLED.get(kind, str)(recipient.text)
    return json.dumps({"creation_rules": [{"key_groups": [{GROUP_FIELDS[kind]: [spelled]}]}]}).encode()


def _mapping(stanza: Stanza) -> dict[str, Any]:
    """A stanza, its values as texts, which is what sops takes them for."""
    mapping = stanza.mapping()
    names = ("enc", "created_at", *_KEY_FIELDS[stanza.kind])
    found: dict[str, Any] = {name: _text(mapping[name]) for name in names if name in mapping}
    if mapping.get("context"):
        found["context"] = {str(name): _text(value) for name, value in mapping["context"].items()}
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _kms_fields(text: str) -> dict[str, Any]:
    """The reverse of kms/keysource.go, ToString: `arn+role|name:value,...|profile`.

    A comma in a value of the context can only be told from that between two where no colon follows.
    """
    key, _, rest = text.partition("|")
    context, _, profile = rest.partition("|")
    arn, plus, role = key.partition("+arn:")
    pairs = dict(pair.split(":", 1) for pair in re.split(r",(?=[^,:]*:)", context) if ":" in pair)
    found = {"arn": arn, "role": f"arn:{role}" if plus else "", "context": pairs, "aws_profile": profile}
    return {name: value for name, value in found.items() if value}


def _azure_fields(text: str) -> dict[str, str]:
    address, _, name = text.partition("/keys/")
    key, _, version = name.partition("/")
    return {"vaultUrl": address, "key": key, "version": version}


# Kinds that a key group spells as mappings (config/config.go).
_SPELLED: dict[StanzaKind, Callable[[str], Any]] = {
    StanzaKind.KMS: _kms_fields,
    StanzaKind.GCP_KMS: lambda text: {"resource_id": text},
    StanzaKind.HCKMS: lambda text: {"key_id": text},
    StanzaKind.AZURE_KV: _azure_fields,
}
