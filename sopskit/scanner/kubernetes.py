"""Kubernetes Secrets (core/v1): what `data` and `stringData` of a `kind: Secret` hold in clear.

The keys of a manifest stand in any order, in YAML or JSON, within a `List`, or beside other documents.
SealedSecret, ExternalSecret and references to a secret have another kind, and are none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.checksums import password
from sopskit.scanner.encrypted import is_encrypted
from sopskit.scanner.generic import in_base64, in_own_words
from sopskit.scanner.manifests import in_json, in_yaml
from sopskit.scanner.names import kind_of
from sopskit.scanner.placeholders import is_placeholder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.scanner.manifests import Value

#: A shorter value is no secret, nor is a number of fewer digits.
_SHORTEST, _SHORTEST_NUMBER = 4, 6

#: Keys whose values everybody may know.
_PUBLIC = re.compile(
    rb"(?:^|[_.-])(?:user|username|login|host|hostname|port|address|url|uri|endpoint|server|domain|realm|region|bucket|database|db|dbname"
    rb"|name|namespace|email|mail|from|to|type|provider|issuer|scope|enabled?|mode|ca|ca\.crt|tls\.crt|crt|cert|certificate|pub|public"
    rb"|public_?key|known_hosts|id|client_?id|tenant_?id|account_?id|access_?key_?id|zone|owner|org|organization|ca\.pem|storage_?class|project|repository|repo|version|kind)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(rb"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = re.compile(
    rb"^ENC\[AES256_GCM,"
    rb"|[$#%]?[{(<][^})>]*[})>]|^\$|^ref\+|^op://|^vault:|^!|^-----BEGIN (?:CERTIFICATE|PUBLIC KEY)|^ssh-|^https?://[^@]*$"
)


def secrets(content: bytes, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The places of the values in clear of Secrets.

    Args:
        content: the text.
        places: ends of triggers, each just behind a `kind: Secret`.
    """
    kinds = [kind for place in places if (kind := content.rfind(b"kind", max(0, place - 64), place)) >= 0]
    if any(content[kind - 1 : kind] == b'"' for kind in kinds):
        yield from (value.span for value in in_json(content) if _is_secret(content, value))
    yield from (value.span for value in in_yaml(content, kinds) if _is_secret(content, value))


def _is_secret(content: bytes, value: Value) -> bool:
    start, end = value.span
    text = content[start:end]
    if len(text) < _SHORTEST or _PUBLIC.search(_CAMEL.sub(b"_", value.key)):
        return False
    if is_encrypted(content, start) or is_encrypted(content, end - 1):
        return False
    if b"\n" in text:
        return b"PRIVATE KEY-----" in text and not is_placeholder(text)
    words = in_base64(text.decode("latin-1"))  # in stringData too: an application may decode it itself
    is_named = kind_of(value.key.decode("utf-8", "replace")) is not None
    if (
        is_named
        and words
        and value.section == b"data"
        and words.isalpha()
        and not is_placeholder(words.encode())
    ):
        return True  # nobody encodes a word to show what is wanted
    return _may_be_secret(text if words is None else words.encode(), is_named=is_named)


def _may_be_secret(value: bytes, *, is_named: bool) -> bool:
    if value.lower() in (b"true", b"false", b"null") or (value.isdigit() and len(value) < _SHORTEST_NUMBER):
        return False
    text = value.decode("latin-1")
    if _REFERENCE.search(value) or is_placeholder(value):
        return False
    if is_named and any(map(str.isdigit, text)) and any(map(str.isalpha, text)):
        return True  # one that anybody would guess, too
    return 3 * len(in_own_words(text)) >= len(text) and password.valid(text)
