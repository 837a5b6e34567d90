r"""INI: the metadata is the section `[sops]`, one line a value.

Source: getsops/sops, stores/ini/store.go, and gopkg.in/ini.v1, parser.go and file.go. A newline in a
value is written as a backslash and n; 3.13.0 and 3.13.1 wrote it as such, between triple quotes. Before
3.13 the lines stood in random order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import flat, ini_reading, sniffing
from sopskit.sops.formats.ini_values import SPACE
from sopskit.text.splice import line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza


class IniFile(NamedTuple):
    """An INI file that carries SOPS metadata."""

    metadata: Metadata
    text: str
    lines: tuple[flat.Line, ...]

    def with_groups(self, groups: Sequence[Sequence[Stanza]], shamir_threshold: int) -> bytes:
        """The file with these stanzas; see `sopskit.sops.formats.SopsFile`."""
        spelling = flat.Spelling(spelt, self._line)
        text = flat.with_groups(self.text, self.lines, groups, shamir_threshold, spelling)
        return text.encode("utf-8", "surrogateescape")

    def with_values(self, values: Mapping[str, str | bool | None]) -> bytes:
        """The file with these values of the metadata, by name; None removes one."""
        text = flat.with_values(self.text, self.lines, values, flat.Spelling(spelt, self._line))
        return text.encode("utf-8", "surrogateescape")

    def _line(self, name: str, value: str) -> str:
        """A line whose delimiter stands below those of the others, where the name is short enough."""
        # The shortest name is one that is padded up to the column, if the lines are aligned at all.
        model = min(self.lines, key=lambda line: len(line.name))
        head = self.text[model.start : model.value_start]
        column = head.index(model.name) + len(model.name)
        gap = head[column:]
        width = column + len(gap) - len(gap.lstrip())
        if gap[:1].isspace():
            name = name.ljust(width) if len(name) < width else name + " "
        return name + gap.lstrip() + spelt(value)


def read(data: bytes) -> SopsFile | None:
    """Read an INI file; see `sopskit.sops.formats.read`."""
    encrypted = sniffing.looks_encrypted(data)
    text = data.decode("utf-8", "surrogateescape")
    if "[sops]" not in text:
        return None
    if encrypted:
        sniffing.refuse_conflict(text)
    try:
        lines = tuple(_sops_lines(text))
    except BrokenFileError:
        if encrypted:
            raise
        return None
    if not lines or not (encrypted or any(line.name == "mac" for line in lines)):
        return None
    return IniFile(sops_metadata.metadata_from(flat.nested(lines)), text, lines)


def _sops_lines(text: str) -> Iterator[flat.Line]:
    """The lines of the section `[sops]`.

    Raises:
        BrokenFileError: a line is neither section, comment nor value, or there are two such sections.
    """
    sections = [section for section in ini_reading.read(text) if section.name == "sops"]
    if len(sections) > 1:
        raise BrokenFileError(
            "the file has two sections [sops]",
            hint="a merge may have kept both sides: remove one",
            line=line_of(text, sections[1].start),
        )
    for key in sections[0].keys if sections else ():
        head = text[key.start : key.span.start]
        name_start = key.start + len(head) - len(head.lstrip(SPACE))
        value = key.value.replace("\\n", "\n")
        yield flat.Line(key.name, value, key.start, name_start, *key.span, key.end)


def spelt(value: str) -> str:
    """A value as ini.v1 writes it (file.go, writeKeyValue), with line breaks escaped by sops."""
    value = value.replace("\n", "\\n")
    if "`" in value:
        return f'"""{value}"""'
    if "#" in value or ";" in value:
        return f"`{value}`"
    return f'"{value}"' if value != value.strip() else value
