"""The metadata of a document's text, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sopskit.errors import BrokenFileError
from sopskit.sops import formats
from sopskit.sops.formats import tree

if TYPE_CHECKING:
    from sopskit.sops.formats import Format
    from sopskit.sops.formats.dotenv import DotenvFile
    from sopskit.sops.formats.ini import IniFile
    from sopskit.sops.formats.json import JsonFile
    from sopskit.sops.formats.yaml import YamlFile
    from sopskit.sops.metadata import Metadata


def edited(data: bytes, format: Format, metadata: Metadata) -> bytes:  # noqa: A002 - the field's word
    """The text with other metadata; what says the same already keeps its bytes.

    Args:
        data: a text that carries metadata.
        format: dotenv, INI, JSON or binary.
        metadata: what it is to carry.

    Raises:
        BrokenFileError: its metadata cannot be read or edited.
    """
    file = read(data, format)
    if _stanzas(file.metadata) != _stanzas(metadata):
        data = file.with_groups(metadata.groups, metadata.shamir_threshold)
        file = read(data, format)
    values = tree.value_changes(file.metadata, metadata)
    return file.with_values(values) if values else data


def read(data: bytes, format: Format) -> DotenvFile | IniFile | JsonFile | YamlFile:  # noqa: A002
    """Read a text that carries metadata.

    Raises:
        BrokenFileError: there is none, or it is damaged.
    """
    file = formats.read(data, format)
    if file is None:
        raise BrokenFileError(
            "the file has values named as SOPS names its metadata",
            hint="rename them: sops keeps its own under that name",
        )
    return cast("DotenvFile | IniFile | JsonFile | YamlFile", file)


def _stanzas(metadata: Metadata) -> tuple[object, ...]:
    """Groups and threshold, with the spelling of each recipient."""
    groups = [[(stanza, stanza.recipient.text) for stanza in group] for group in metadata.groups]
    return groups, metadata.shamir_threshold
