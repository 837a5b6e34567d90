"""A whole file, encrypted and decrypted: an engine reaches the data key, the values are done in process."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError, SopskitError
from sopskit.sops import documents, encryption, formats
from sopskit.sops.cipher import Cipher
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Metadata

if TYPE_CHECKING:
    from sopskit.engines.interface import Engine
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.documents import Branch, Document, Written
    from sopskit.sops.encryption import Leaves
    from sopskit.sops.metadata import Selector
    from sopskit.sops.values import Value

#: The sops whose files ours are like; a file keeps a newer version that it names.
SOPS_VERSION = "3.13.3"


class Encryption(NamedTuple):
    """How a file is to be encrypted, as a rule of `.sops.yaml` says it.

    Attributes:
        groups: the recipients of each key group.
        threshold: how many groups open the file; 0 with one group.
        selector: which values are encrypted; None is sops's default.
        mac_only_encrypted: whether the MAC covers encrypted values only.
    """

    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int = 0
    selector: Selector | None = None
    mac_only_encrypted: bool = False


class DecryptedFile(NamedTuple):
    """A file whose values were decrypted and whose MAC was checked.

    Attributes:
        path: names the file in errors.
        format: of the file.
        metadata: what the file says of itself.
        document: the encrypted document.
        values: number of a leaf -> its plaintext.
        cipher: knows the nonces of the values, so that those that stay are encrypted to the same text.
        clear_comments: numbers of comments that are not encrypted although they should be.
    """

    path: str
    format: Format
    metadata: Metadata
    document: Document
    values: dict[int, Value]
    cipher: Cipher
    clear_comments: tuple[int, ...]

    def plaintext(self) -> Written:
        """The text without encryption and metadata."""
        return self.document.written(self.values, None)

    def tree(self) -> tuple[Branch, ...]:
        """The values as trees, one for each YAML document."""
        return self.document.tree(self.values)


def decrypt_file(
    engine: Engine,
    data: bytes,
    format: Format,  # noqa: A002 - the field's word
    path: str,
    *,
    ignore_mac: bool = False,
) -> DecryptedFile:
    """Decrypt a file's values.

    Args:
        engine: reaches the data key.
        data: the file's bytes.
        format: of the file.
        path: names it, as the config's patterns see it.
        ignore_mac: read a file whose values are not those that were encrypted.

    Raises:
        NoIdentityError: no identity of this machine opens it.
        BrokenFileError: it is not encrypted, its metadata or values are damaged, or its MAC does not match.
    """
    try:
        file = formats.read(data, format)
        if file is None:
            raise BrokenFileError("is not encrypted: it carries no SOPS metadata", path=path)
        metadata = file.metadata
        cipher = Cipher(engine.open(metadata, path, ignore_mac=ignore_mac))
        document = documents.read(data, format)
        found = encryption.decrypt(document, cipher, metadata, ignore_mac=ignore_mac)
    except SopskitError as error:
        raise error.at(path) from None
    return DecryptedFile(path, format, metadata, document, found.values, cipher, found.clear_comments)


def reencrypt_file(file: DecryptedFile, plaintext: bytes) -> Written:
    """Encrypt an edited plaintext with the data key, the stanzas and the selector that the file has.

    Values that are still what and where they were keep their text.

    Raises:
        BrokenFileError: the plaintext cannot be read, carries SOPS metadata, or has a value that sops
            does not encrypt.
    """
    from sopskit.engines.kept_lines import keep_lines

    document = read_plaintext(plaintext, file.format, file.path)
    return keep_lines(file, _encrypted(document, file.cipher.copy(), file.metadata, file))


def seal_text(file: DecryptedFile, text: bytes) -> bytes:
    """Encrypt any text for those who open a file: a binary SOPS file with that one's data key and stanzas.

    Raises:
        BrokenFileError: the text is itself an encrypted binary file.
    """
    document = read_plaintext(text, Format.BINARY, file.path)
    metadata = file.metadata._replace(selector=None, mac_only_encrypted=False)
    return _encrypted(document, file.cipher, metadata, None).data


def encrypt_file(
    engine: Engine,
    plaintext: bytes,
    format: Format,  # noqa: A002 - the field's word
    path: str,
    how: Encryption,
    *,
    previous: DecryptedFile | None = None,
) -> Written:
    """Encrypt a plaintext with a new data key.

    Args:
        engine: wraps the data key.
        plaintext: a text of that format.
        format: of the text.
        path: names it, as the config's patterns see it.
        how: recipients and selector.
        previous: the file that is encrypted anew (rotated); its metadata is edited, not laid out anew.

    Raises:
        BrokenFileError: see `reencrypt_file`.
        FailedError: a stanza could not be made.
    """
    document = read_plaintext(plaintext, format, path)
    data_key = os.urandom(32)
    metadata = Metadata(
        groups=engine.wrap(data_key, how.groups, how.threshold, path),
        shamir_threshold=how.threshold,
        lastmodified="",
        mac="",
        version=previous.metadata.version if previous else "",
        selector=how.selector,
        mac_only_encrypted=how.mac_only_encrypted,
    )
    return _encrypted(document, Cipher(data_key), metadata, previous)


def read_plaintext(plaintext: bytes, format: Format, path: str) -> Document:  # noqa: A002
    """Read a text that is to be encrypted.

    Raises:
        BrokenFileError: it is not of that format, or carries SOPS metadata.
    """
    try:
        document = documents.read(plaintext, format)
    except SopskitError as error:
        raise error.at(path) from None
    if document.encrypted:
        raise BrokenFileError(
            "is encrypted already: it has a top-level sops",
            hint="sopskit edit changes it; a value of that name cannot be encrypted",
            path=path,
        )
    return document


def sealed(leaves: Leaves, cipher: Cipher, metadata: Metadata) -> tuple[dict[int, Value], Metadata]:
    """Encrypt values, and their MAC with the time of now.

    Returns:
        Number of a leaf -> its `ENC[...]`, and the metadata that goes with them.

    Raises:
        BrokenFileError: a value that sops does not encrypt.
    """
    found = encryption.encrypt(
        leaves, cipher, metadata.selector, mac_only_encrypted=metadata.mac_only_encrypted
    )
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    mac = encryption.sealed_mac(found.mac, cipher, now)
    return found.values, metadata._replace(lastmodified=now, mac=mac)


def _encrypted(
    document: Document, cipher: Cipher, metadata: Metadata, previous: DecryptedFile | None
) -> Written:
    path = previous.path if previous else None
    try:
        version = max(metadata.version, SOPS_VERSION, key=_version_number)
        values, metadata = sealed(document, cipher, metadata._replace(version=version))
        return document.written(values, metadata, previous.document if previous else None)
    except SopskitError as error:
        raise (error.at(path) if path else error) from None


def _version_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
