r"""INI: the metadata is the section `[sops]`, one line a value.

Source: getsops/sops, stores/ini/store.go, and gopkg.in/ini.v1, parser.go and file.go. A newline in a
value is written as a backslash and n; 3.13.0 and 3.13.1 wrote it as such, between triple quotes. Before
3.13 the lines stood in random order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops import metadata as sops_metadata
from sopskit.sops.formats import flat, sniffing
from sopskit.text.splice import line_end, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.formats import SopsFile
    from sopskit.sops.metadata import Metadata, Stanza

_DELIMITER = re.compile("[=:]")


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


class _Value(NamedTuple):
    """A value, where it is written, and where its last line ends."""

    text: str
    start: int
    end: int
    line_end: int


def _sops_lines(text: str) -> Iterator[flat.Line]:
    """The lines of the section `[sops]`.

    Raises:
        BrokenFileError: a line is neither section, comment nor value, or there are two such sections.
    """
    section, found, position = "", False, 1 if text.startswith("\ufeff") else 0
    while position < len(text):
        start, end = position, line_end(text, position)
        line = text[start:end].lstrip()
        position = end
        if not line or line[0] in "#;":
            continue
        name_start = end - len(line)
        if line[0] == "[":
            section = _section(text, line, start)
            if section == "sops" and found:
                raise BrokenFileError(
                    "the file has two sections [sops]",
                    hint="a merge may have kept both sides: remove one",
                    line=line_of(text, start),
                )
            found = found or section == "sops"
            continue
        delimiter = _DELIMITER.search(line, 1)
        if delimiter is None:
            raise BrokenFileError(
                "a line of this file is no section, comment or value",
                hint="restore the file from git history",
                line=line_of(text, start),
            )
        value = _read_value(text, name_start + delimiter.end(), end)
        position = value.line_end
        if section == "sops":
            name = line[: delimiter.start()].strip()
            escaped = value.text.replace("\\n", "\n")
            yield flat.Line(name, escaped, start, name_start, value.start, value.end, value.line_end)


def _section(text: str, line: str, start: int) -> str:
    close = line.rfind("]")
    if close < 0:
        raise BrokenFileError(
            "a section of this file is not closed",
            hint="restore the file from git history",
            line=line_of(text, start),
        )
    return line[1:close]


def _read_value(text: str, start: int, end: int) -> _Value:
    """The value between `start` and the line's `end`, or further lines (ini.v1, readValue)."""
    line = text[start:end].lstrip()
    start = end - len(line)
    for quote in ('"""', "`"):  # the line break counts: nothing else may follow a quote
        if line.startswith(quote) and len(line) > len(quote):
            return _quoted(text, start, end, quote)
    line = line.rstrip()
    if line.endswith("\\"):
        return _continued(text, start, end)
    value = re.split("[#;]", line, maxsplit=1)[0].rstrip()
    stop = start + len(value)
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"" and value.count(value[0]) == 2:
        value = value[1:-1]
    return _Value(value, start, stop, end)


def _quoted(text: str, start: int, end: int, quote: str) -> _Value:
    """A value in triple quotes or backquotes, which may hold line breaks."""
    inner = start + len(quote)
    close = text.rfind(quote, inner, end)
    while close < 0:
        if end >= len(text):
            raise BrokenFileError(
                "a quoted value of this file is not closed",
                hint="restore the file from git history",
                line=line_of(text, start),
            )
        begin, end = end, line_end(text, end)
        close = text.rfind(quote, begin, end)
    return _Value(text[inner:close], start, close + len(quote), end)


def _continued(text: str, start: int, end: int) -> _Value:
    """A value whose lines end in a backslash."""
    parts = []
    line = text[start:end].strip()
    while line.endswith("\\"):
        parts.append(line[:-1])
        begin, end = end, line_end(text, end)
        line = text[begin:end].strip()
    parts.append(line)
    return _Value("".join(parts), start, end, end)


def spelt(value: str) -> str:
    """A value as ini.v1 writes it (file.go, writeKeyValue), with line breaks escaped by sops."""
    value = value.replace("\n", "\\n")
    if "`" in value:
        return f'"""{value}"""'
    if "#" in value or ";" in value:
        return f"`{value}`"
    return f'"{value}"' if value != value.strip() else value
