"""INI text as sections and keys that know where each part stands.

Source: gopkg.in/ini.v1 (1.67.3), parser.go, with the options that sops gives it: sections may repeat, a
key that repeats has its last value, and comments belong to the section or key that they precede.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops.formats import ini_values, sniffing
from sopskit.sops.formats.ini_values import SPACE
from sopskit.text import splice

if TYPE_CHECKING:
    from sopskit.text.splice import Span

DEFAULT = "DEFAULT"

_DELIMITER = re.compile("[=:]")
_SIGN = re.compile("[#;]")


class Piece(NamedTuple):
    """One line of a comment, from its sign on.

    Attributes:
        start: where the sign stands.
        end: behind the line's text, its line break not included.
        inline: whether it stands behind a value or the name of a section.
    """

    start: int
    end: int
    inline: bool = False


class Key(NamedTuple):
    """A key and its value.

    Attributes:
        name: the key; `#1` for the first one written as `-`.
        value: the text it stands for.
        quote: how it is written, see `ini_values.Written`.
        span: where the value is written, quotes included.
        start: where the first line starts.
        end: behind the last line.
        comment: the lines of its comment, those above first.
        dropped: a comment that ini.v1 does not see, behind a quoted value.
    """

    name: str
    value: str
    quote: str
    span: Span
    start: int
    end: int
    comment: tuple[Piece, ...]
    dropped: Piece | None


class Section(NamedTuple):
    """A section.

    Attributes:
        name: as it is between the brackets.
        start: where the line of the name starts; 0 for the keys that precede all sections.
        behind: behind the name's bracket, and what stands there other than a comment.
        body: where the first line behind the name starts.
        comment: the lines of its comment, those above first.
        keys: all of them, repeated ones too.
        trailing: comments behind the last key, which belong to nothing.
    """

    name: str
    start: int
    behind: int
    body: int
    comment: tuple[Piece, ...]
    keys: list[Key]
    trailing: list[Piece]


def read(text: str) -> list[Section]:
    """The sections of a text; the first one is always `DEFAULT`, with the keys that precede the others.

    Args:
        text: decoded with surrogate escapes.

    Raises:
        BrokenFileError: a line is no section, key or comment, or a quoted value has no end.
    """
    return _Reader(text).read()


class _Reader:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[Piece] = []
        self._unnamed = 1

    def read(self) -> list[Section]:
        text, position = self._text, 1 if self._text.startswith("\ufeff") else 0
        sections = [Section(DEFAULT, position, position, position, (), [], [])]
        while position < len(text):
            start, position = position, splice.line_end(text, position)
            line = text[start:position].lstrip(SPACE)
            at = position - len(line)
            if not line:
                continue
            if line[0] in "#;":
                self._pieces.append(Piece(at, at + len(line.rstrip("\n"))))
            elif line[0] == "[":
                sections.append(self._section(start, at, position, sections[-1]))
            else:
                key = self._key(start, at, line)
                sections[-1].keys.append(key)
                position = key.end
        sections[-1].trailing.extend(self._pieces)
        return sections

    def _section(self, start: int, at: int, end: int, before: Section) -> Section:
        line = self._text[at:end]
        close = line.rfind("]")
        if close <= 1:
            raise self._broken("a section of this file is not closed, or has no name", at)
        sign = _SIGN.search(line, close + 1)
        stop = len(line) if sign is None else sign.start()
        behind = at + len(line[:stop].rstrip(SPACE))
        inline = () if sign is None else (Piece(at + stop, at + len(line.rstrip(SPACE)), inline=True),)
        if line[1:close] == "sops":  # what precedes the metadata comes last in what is no metadata
            before.trailing.extend(self._pieces)
            self._pieces = []
        self._unnamed = 1
        return Section(line[1:close], start, behind, end, self._comment(inline), [], [])

    def _key(self, start: int, at: int, line: str) -> Key:
        name, offset = self._name(line, at)
        if name == "-":
            name = f"#{self._unnamed}"
            self._unnamed += 1
        written = ini_values.read(self._text, at + offset)
        if written is None:
            raise self._broken("a quoted value of this file is not closed", at)
        dropped = written.comment if written.is_dropped else None
        inline = (written.comment,) if written.comment and not dropped else ()
        comment = self._comment(tuple(Piece(*span, inline=True) for span in inline))
        piece = Piece(*dropped, inline=True) if dropped else None
        return Key(name, written.value, written.quote, written.span, start, written.end, comment, piece)

    def _comment(self, inline: tuple[Piece, ...]) -> tuple[Piece, ...]:
        """The comment that ends here; ini.v1 trims what it is as a whole."""
        pieces, self._pieces = [*self._pieces, *inline], []
        return trimmed(self._text, pieces)

    def _name(self, line: str, at: int) -> tuple[str, int]:
        """The name that a line starts with, and where its value begins (parser.go, `readKeyName`)."""
        quote = line[0] if line[0] in '"`' else ""
        if line.startswith('"""') and len(line.encode("utf-8", "surrogateescape")) > 6:
            quote = '"""'
        close = line.find(quote, len(quote)) if quote else 0
        if close < 0:
            raise self._broken("the quoted name of a key is not closed", at)
        delimiter = _DELIMITER.search(line, close + len(quote))
        name = line[len(quote) : close if quote else delimiter and delimiter.start()].strip(SPACE)
        if delimiter is None or not name:
            raise self._broken("a line of this file is no section, comment or value", at)
        return name, delimiter.end()

    def _broken(self, message: str, position: int) -> BrokenFileError:
        sniffing.refuse_conflict(self._text)
        line = splice.line_of(self._text, position)
        return BrokenFileError(message, hint="mend it by hand: sops reads no such file", line=line)


def trimmed(text: str, pieces: list[Piece]) -> tuple[Piece, ...]:
    """A comment without the white space at its end."""
    if pieces:
        start, end, inline = pieces[-1]
        pieces[-1] = Piece(start, start + len(text[start:end].rstrip(SPACE)), inline)
    return tuple(pieces)
