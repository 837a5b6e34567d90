"""What is known of one version of a file without any key, small enough to be remembered for ever.

Nothing here is a plaintext, or made from one: of values that stand in clear only the place is kept. Digests
are of ciphertexts, nonces and wrapped keys, which anyone with the repository has; a key that stays with the
file they are remembered in makes them useless elsewhere.
"""

from __future__ import annotations

import json
import re
import struct
from enum import Enum, auto
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.keys.recipients import Recipient, StanzaKind, label
from sopskit.sops import documents, formats
from sopskit.sops.formats import Format

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.documents import Leaf
    from sopskit.sops.metadata import Metadata

#: Of the layout of `Encoded`, and of what it means.
VERSION = 1

CONFIG = "config"  # read as a `.sops.yaml`, in place of a format

_ENC = re.compile(
    r"ENC\[AES256_GCM,data:([A-Za-z0-9+/]+=*),iv:([A-Za-z0-9+/]+=*),tag:[A-Za-z0-9+/]+=*,type:[a-z]+\]"
)
_VALUE = b"ENC[AES256_GCM,"
_HEAD = struct.Struct("<BH8s8s8sII")  # kind, threshold, three texts, number of links and of values
_ENCRYPTED, _PLAIN, _BROKEN, _CONFIG = range(4)

Groups = tuple[tuple[Recipient, ...], ...]


class Facts(NamedTuple):
    """An encrypted version of a file.

    Attributes:
        groups: the recipients of each key group.
        threshold: how many groups open it; 0 with one group.
        links: digests of what was made with its data key, apart from its values: its stanzas and its MAC.
        paths: the dotted path of each encrypted value. One list is one object, however many versions have it.
        clear: the dotted paths of values that stand in clear.
        nonces: a digest of each value's nonce (`iv`), in the order of `paths`.
        texts: a digest of each value's whole `ENC[...]`.
        sizes: how many bytes the plaintext of each value has, which its ciphertext shows.
    """

    groups: Groups
    threshold: int
    links: tuple[int, ...]
    paths: tuple[str, ...]
    clear: tuple[str, ...]
    nonces: tuple[int, ...]
    texts: tuple[int, ...]
    sizes: tuple[int, ...]


class Other(Enum):
    """A version that is no encrypted file, or none that can be read."""

    PLAIN = auto()  # without SOPS metadata
    BROKEN = auto()  # it has encrypted values, and is cut off, or in the middle of a merge


class Names(NamedTuple):
    """A version of a `.sops.yaml`.

    Attributes:
        hosts: name, role (or "") and keys of each host that has a name.
        members: the keys that rules name.
    """

    hosts: tuple[tuple[str, str, tuple[Recipient, ...]], ...]
    members: tuple[Recipient, ...]


Known = Facts | Other | Names


class Encoded(NamedTuple):
    """Facts as bytes: one entry, and the texts that it refers to, each under its digest."""

    entry: bytes
    texts: tuple[tuple[bytes, bytes], ...] = ()


def encode(content: bytes, kind: str, salt: bytes) -> Encoded:
    """What is known of a content.

    Args:
        content: the bytes of the file.
        kind: the format that it is read as, or `CONFIG`.
        salt: the key of the digests.
    """
    if kind == CONFIG:
        return _encode_config(content, salt)
    chosen = Format(kind)
    try:
        file = formats.read(content, chosen)
        if file is None:
            return Encoded(bytes([_BROKEN if _VALUE in content else _PLAIN]))
        return _encode_file(file.metadata, documents.read(content, chosen).leaves, salt)
    except SopskitError:
        return Encoded(bytes([_BROKEN]))


def _encode_file(metadata: Metadata, leaves: Sequence[Leaf], salt: bytes) -> Encoded:
    links = [digest(stanza.enc, salt, b"s") for group in metadata.groups for stanza in group]
    links.append(digest(metadata.mac, salt, b"v"))
    nonces, texts, sizes, paths, clear = [], [], [], [], []
    for leaf in leaves:
        match = sealed(leaf)
        if match is None:
            if not leaf.is_comment:
                clear.append(dotted(leaf.path))
            continue
        text = digest(match[0], salt, b"v")
        if leaf.is_comment:
            links.append(text)
            continue
        paths.append(dotted(leaf.path))
        nonces.append(digest(match[2], salt, b"n"))
        texts.append(text)
        sizes.append(sealed_size(match))
    groups = [[(str(s.kind), s.recipient.text) for s in group] for group in metadata.groups]
    lists = [_text(each, salt) for each in (groups, paths, clear)]
    head = _HEAD.pack(
        _ENCRYPTED, metadata.threshold, *(reference for reference, _ in lists), len(links), len(paths)
    )
    numbers = _numbers(len(links), len(paths)).pack(*links, *nonces, *texts, *sizes)
    return Encoded(head + numbers, tuple(lists))


def _encode_config(content: bytes, salt: bytes) -> Encoded:
    from sopskit.sops_yaml import reading

    try:
        document = reading.load(content, ".sops.yaml")
    except SopskitError:
        return Encoded(bytes([_BROKEN]))
    hosts = [
        (host.name, host.role or "", [_pair(key.recipient) for key in host.keys if key.recipient])
        for host in document.hosts()
        if host.name is not None
    ]
    members = {member.recipient: None for rule in document.rules for member in rule.members}
    text = _text([hosts, [_pair(each) for each in members]], salt)
    return Encoded(bytes([_CONFIG]) + text[0], (text,))


def decode(entry: bytes, entries: Mapping[bytes, bytes]) -> Known | None:
    """The facts of an entry; None where it, or a text it refers to, is not as it should be."""
    kind = entry[0] if entry else -1
    try:
        if kind == _ENCRYPTED:
            return _decode_file(entry, entries)
        if kind == _CONFIG:
            return _names(entries[entry[1:]])
    except (LookupError, ValueError, TypeError, RecursionError, struct.error):
        return None
    return {_PLAIN: Other.PLAIN, _BROKEN: Other.BROKEN}.get(kind)


def _decode_file(entry: bytes, entries: Mapping[bytes, bytes]) -> Facts:
    _, threshold, groups, paths, clear, links, values = _HEAD.unpack_from(entry)
    numbers = _numbers(links, values).unpack(entry[_HEAD.size :])
    known = _paths(entries[paths])
    if len(known) != values:
        raise ValueError
    nonces, texts = links + values, links + 2 * values
    return Facts(
        _groups(entries[groups]),
        threshold,
        numbers[:links],
        known,
        _paths(entries[clear]),
        numbers[links:nonces],
        numbers[nonces:texts],
        numbers[texts:],
    )


@lru_cache(maxsize=1024)
def _numbers(links: int, values: int) -> struct.Struct:
    """How the digests of links, nonces and texts, and the sizes, are laid out."""
    return struct.Struct(f"<{links + 2 * values}Q{values}I")


@lru_cache(maxsize=65536)
def _groups(text: bytes) -> Groups:
    return tuple(tuple(_recipient(each) for each in group) for group in json.loads(text))


@lru_cache(maxsize=65536)
def _paths(text: bytes) -> tuple[str, ...]:
    return tuple(_checked(each) for each in json.loads(text))


def _names(text: bytes) -> Names:
    hosts, members = json.loads(text)
    return Names(
        tuple(
            (_checked(name), _checked(role), tuple(_recipient(each) for each in keys))
            for name, role, keys in hosts
        ),
        tuple(_recipient(each) for each in members),
    )


def _recipient(pair: Sequence[str]) -> Recipient:
    kind, text = pair
    return label(StanzaKind(kind), _checked(text))


def _checked(text: object) -> str:
    """A text of an entry, which someone else may have written."""
    if not isinstance(text, str):
        raise TypeError
    return text


def _pair(recipient: Recipient) -> tuple[str, str]:
    return str(recipient.stanza_kind), recipient.text


def sealed(leaf: Leaf) -> re.Match[str] | None:
    """The `ENC[...]` of a leaf, its ciphertext and its nonce; None where it stands in clear."""
    # A literal block ends with a newline that sops ignores.
    return _ENC.fullmatch(leaf.value.rstrip("\n")) if isinstance(leaf.value, str) else None


def sealed_size(match: re.Match[str]) -> int:
    """How many bytes the plaintext of a sealed value has: as many as its ciphertext."""
    return len(match[1]) * 3 // 4 - match[1].count("=")


def dotted(path: Sequence[str]) -> str:
    """The path of a value as people write it: `database.password`."""
    return ".".join(path)


def digest(text: str, salt: bytes, what: bytes) -> int:
    """A number of 64 bits, never 0."""
    content = text.encode("utf-8", "surrogateescape")
    return int.from_bytes(blake2b(content, digest_size=8, key=salt, person=what).digest(), "little") or 1


def _text(value: object, salt: bytes) -> tuple[bytes, bytes]:
    text = json.dumps(value, separators=(",", ":")).encode()
    return blake2b(text, digest_size=8, key=salt, person=b"t").digest(), text
