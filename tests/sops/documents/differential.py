"""What is compared between us and sops for any plaintext: refusals, trees with their comments, both directions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.errors import SopskitError
from sopskit.sops import documents, encryption, formats
from sopskit.sops.cipher import Cipher
from sopskit.sops.metadata import Metadata
from tests.sops.oracle import DATA_KEY, STANZA, oracle, wires

if TYPE_CHECKING:
    from sopskit.sops.documents import Document
    from sopskit.sops.formats import Format
    from sopskit.sops.metadata import Selector

NOW = "2026-11-24T09:17:29Z"


class How(NamedTuple):
    """What is encrypted."""

    selector: Selector | None = None
    mac_only_encrypted: bool = False


class Opened(NamedTuple):
    """A file that we decrypted: its plaintext, its trees as the oracle has them, comments found clear."""

    data: bytes
    trees: list[Any]
    clear_comments: int


def read(data: bytes, format: Format) -> Document | None:  # noqa: A002
    """The plaintext as we read it; None where we refuse."""
    try:
        document = documents.read(data, format)
    except SopskitError:
        return None
    return None if document.encrypted else document


def encrypt(document: Document, how: How = How()) -> bytes:  # noqa: B008
    """The document encrypted by us."""
    cipher = Cipher(DATA_KEY)
    found = encryption.encrypt(
        document, cipher, how.selector, mac_only_encrypted=how.mac_only_encrypted
    )
    mac = encryption.sealed_mac(found.mac, cipher, NOW)
    metadata = Metadata(((STANZA,),), 0, NOW, mac, "3.13.3", *how)
    return document.written(found.values, metadata).data


def decrypt(data: bytes, format: Format) -> Opened:  # noqa: A002
    """The file decrypted by us, its MAC checked."""
    file = formats.read(data, format)
    assert file is not None
    document = documents.read(data, format)
    found = encryption.decrypt(document, Cipher(DATA_KEY), file.metadata)
    text = document.written(found.values, None).data
    return Opened(text, wires(document.tree(found.values)), len(found.clear_comments))
