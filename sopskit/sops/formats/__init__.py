"""The five formats of SOPS files: where each keeps the metadata, and how stanzas are replaced in its text."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sopskit.sops.metadata import Metadata, Stanza


class Format(StrEnum):
    """A format, named as sops's `--input-type` names it."""

    YAML = "yaml"
    JSON = "json"
    DOTENV = "dotenv"
    INI = "ini"
    BINARY = "binary"


class SopsFile(Protocol):
    """A file that carries SOPS metadata."""

    @property
    def metadata(self) -> Metadata:
        """What the metadata says."""

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these key groups, all else byte for byte as it is.

        A stanza that a group has already (the same key, the same `enc`) keeps its bytes; where only the
        spelling of its recipient differs, only that is replaced. New ones are appended to the list of
        their kind and laid out as sops 3.13 would. Another number of groups writes all of them anew.

        Args:
            groups: the wanted stanzas of each group, in any order.
            shamir_threshold: how many groups open the file; 0 stores none.

        Raises:
            FailedError: no group, or a group without a stanza.
            BrokenFileError: the metadata is laid out in a way that cannot be edited.
        """


# One module a format, each with a function `read`; imported where it is needed.
_READERS = {
    Format.YAML: "sopskit.sops.formats.yaml",
    Format.JSON: "sopskit.sops.formats.json",
    Format.DOTENV: "sopskit.sops.formats.dotenv",
    Format.INI: "sopskit.sops.formats.ini",
    Format.BINARY: "sopskit.sops.formats.binary",
}

# Source: getsops/sops, cmd/sops/formats/formats.go; the case of the suffix counts.
_SUFFIXES = {
    ".yaml": Format.YAML,
    ".yml": Format.YAML,
    ".json": Format.JSON,
    ".env": Format.DOTENV,
    ".ini": Format.INI,
}


def format_of(path: str) -> Format:
    """The format that sops takes a file for by the end of its name; all else is binary."""
    return next((kind for suffix, kind in _SUFFIXES.items() if path.endswith(suffix)), Format.BINARY)


def read(data: bytes, format: Format) -> SopsFile | None:  # noqa: A002 - the field's word
    """Read a file's metadata.

    Returns:
        The file, or None where it carries no SOPS metadata: it is plaintext.

    Raises:
        BrokenFileError: it carries metadata that sops could not use, or it looks encrypted and cannot be
            parsed: cut off, in the middle of a merge, or not what SOPS writes.
    """
    if b"sops" not in data:
        return None
    return _reader(format)(data)


@cache
def _reader(format: Format) -> Callable[[bytes], SopsFile | None]:  # noqa: A002 - the field's word
    return cast("Callable[[bytes], SopsFile | None]", import_module(_READERS[format]).read)
