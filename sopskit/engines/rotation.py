"""Rotation: a new data key, and every value encrypted anew, in place.

Who has lost a file's stanza may have kept its data key; what is written afterwards must not open with it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.engines.file_encryption import Encryption, decrypt_file, sealed
from sopskit.errors import SopskitError
from sopskit.sops import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.engines.file_encryption import DecryptedFile
    from sopskit.engines.interface import Engine
    from sopskit.sops.documents import Leaf, Written
    from sopskit.sops.formats import Format
    from sopskit.sops.metadata import Metadata


class Rotation(NamedTuple):
    """A file, and how it is to be encrypted from now on.

    Attributes:
        path: names the file in errors.
        data: the file's bytes.
        format: of the file.
        how: the rule's recipients and selector; None for those that the file has.
    """

    path: str
    data: bytes
    format: Format
    how: Encryption | None = None


class _Plaintext(NamedTuple):
    """The leaves of an encrypted document as they are once it is decrypted."""

    leaves: Sequence[Leaf]
    line_of: Callable[[int], int | None]


def rotate(engine: Engine, request: Rotation) -> Written:
    """Give a file a new data key, and encrypt every value again.

    A value keeps its nonce, as it does under sops: with another key that is no nonce used twice, and it
    shows without any key that the value has not changed since somebody who has left could read it.

    The text keeps every byte but those of encrypted values, MAC, `lastmodified` and stanzas, and those of
    values and settings that change since `how` has another selector.

    Raises:
        NoIdentityError: no identity of this machine opens the file.
        BrokenFileError: it is not encrypted, its metadata or values are damaged, or its MAC does not match.
        NotServedError: a recipient that the engine cannot encrypt to.
        ToolMissingError: only a program that is not on PATH could open it, or make a stanza.
        FailedError: a stanza could not be made.
    """
    file = decrypt_file(engine, request.data, request.format, request.path)
    how = request.how or as_encrypted(file.metadata)
    data_key = os.urandom(32)
    metadata = _settings(file.metadata, how)._replace(
        groups=engine.wrap(data_key, how.groups, how.threshold, request.path)
    )
    try:
        values, metadata = sealed(_plaintext(file), file.cipher.rekeyed(data_key), metadata)
        # What the new selector leaves clear is written as it was decrypted.
        return file.document.written({**file.values, **values}, metadata)
    except SopskitError as error:
        raise error.at(request.path) from None


def as_encrypted(metadata: Metadata) -> Encryption:
    """The recipients and the selector that a file has."""
    groups = tuple(tuple(stanza.recipient for stanza in group) for group in metadata.groups)
    return Encryption(groups, metadata.threshold, metadata.selector, metadata.mac_only_encrypted)


def _settings(metadata: Metadata, how: Encryption) -> Metadata:
    """The file's settings as they are to be."""
    same_split = (len(metadata.groups), metadata.threshold) == (len(how.groups), how.threshold)
    return metadata._replace(
        # Where the threshold stays, so does its spelling, as in `stanzas.assemble`.
        shamir_threshold=metadata.shamir_threshold if same_split else how.threshold,
        selector=how.selector,
        mac_only_encrypted=how.mac_only_encrypted,
    )


def _plaintext(file: DecryptedFile) -> _Plaintext:
    """As sops sees it: a selector is held against comments as they read when they are decrypted."""
    leaves, values = file.document.leaves, file.values
    plain = {
        str(leaves[number].value): str(value) for number, value in values.items() if leaves[number].is_comment
    }
    opened = [
        documents.Leaf(
            leaf.path,
            values.get(number, leaf.value),
            leaf.is_comment,
            tuple([plain.get(comment, comment) for comment in leaf.comments]) if plain else leaf.comments,
        )
        for number, leaf in enumerate(leaves)
    ]
    return _Plaintext(opened, file.document.line_of)
