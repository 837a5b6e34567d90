r"""dotenv: the metadata are lines `sops_NAME=value`, anywhere in the file.

Source: getsops/sops, stores/dotenv/store.go. Lines end with "\n" and nothing is trimmed: a space or a
carriage return belongs to the name or the value. A newline in a value is written as a backslash and n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import flat, sniffing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza

_PREFIX = "sops_"


class DotenvFile(NamedTuple):
    """A dotenv file that carries SOPS metadata."""

    metadata: Metadata
    text: str
    lines: tuple[flat.Line, ...]

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these stanzas; see `sopskit.sops.formats.SopsFile`."""
        text = flat.with_groups(self.text, self.lines, groups, shamir_threshold, SPELLING)
        return text.encode("utf-8", "surrogateescape")

    def with_values(self, values: Mapping[str, str | bool | None]) -> bytes:
        """The file with these values of the metadata, by name; None removes one."""
        text = flat.with_values(self.text, self.lines, values, SPELLING)
        return text.encode("utf-8", "surrogateescape")


def read(data: bytes) -> SopsFile | None:
    """Read a dotenv file; see `sopskit.sops.formats.read`."""
    encrypted = sniffing.looks_encrypted(data)
    text = data.decode("utf-8", "surrogateescape")
    if not encrypted and "sops_mac=" not in text:
        return None
    sniffing.refuse_conflict(text)
    lines = _lines(text)
    if not lines:
        return None
    metadata = sops_metadata.metadata_from(flat.nested(lines))
    if metadata.lastmodified.endswith("\r"):
        raise BrokenFileError(
            "the lines of this file end in CRLF", hint="sops reads dotenv files with LF only: convert it"
        )
    return DotenvFile(metadata, text, lines)


def _lines(text: str) -> tuple[flat.Line, ...]:
    lines, start = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, value = line.partition("=")
        if line and line[0] != "#":
            if not equals:
                raise BrokenFileError(
                    "a line of this file has no =", hint="sops reads no such dotenv file", line=number
                )
            if name.startswith(_PREFIX):
                lines.append(_line(name, value, start))
        start += len(line) + 1
    return tuple(lines)


def _line(name: str, value: str, start: int) -> flat.Line:
    value_start = start + len(name) + 1
    value_end = value_start + len(value)
    return flat.Line(
        name=name.removeprefix(_PREFIX),
        value=value.replace("\\n", "\n"),
        start=start,
        name_start=start + len(_PREFIX),
        value_start=value_start,
        value_end=value_end,
        end=value_end + 1,  # the last line may lack its newline, which `flat.with_groups` lends it
    )


def _value(value: str) -> str:
    return value.replace("\n", "\\n")


SPELLING = flat.Spelling(_value, lambda name, value: f"{_PREFIX}{name}={_value(value)}")
