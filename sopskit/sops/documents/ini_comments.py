r"""Comments of an INI text, whose lines sops joins to one value.

`; a`, an empty line and `; b` are to sops the comment "a\n; b": it drops empty lines, indentation and
whether the last line stood behind a value. So that decryption brings them back, we keep them behind the
sign of the line they precede, as white space that sops trims: the white space in front of the line with
each line break as a form feed, then a vertical tab, or a next-line character for an inline comment.

Behind the name of a section no bracket may follow, which an encrypted comment has: it moves to a line above,
and a vertical tab behind the name marks where it came from.

Source: gopkg.in/ini.v1, file.go (`writeToBuffer`); getsops/sops, stores/ini/store.go (`stripCommentChar`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.formats.ini_values import SPACE
from sopskit.text.splice import Splice, line_end, line_start

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.sops.formats.ini_reading import Piece

_BLOCK, _INLINE = "\v", "\x85"
_MARK = "\v"
_KEPT = re.compile(f"([^\\S\n{_BLOCK}{_INLINE}]*)([{_BLOCK}{_INLINE}])")
_KEEPING = str.maketrans({"\n": "\f", _BLOCK: None, _INLINE: None})


class Place(NamedTuple):
    """Where a comment is and would be.

    Attributes:
        pieces: its lines.
        behind: where an inline one stands: behind a value or the name of a section.
        of_section: which of the two.
    """

    pieces: tuple[Piece, ...]
    behind: int
    of_section: bool = False


class Line(NamedTuple):
    """A line of a comment.

    Attributes:
        text: from the sign on, but of the first line what is behind its sign.
        space: the white space in front of it, None for the indentation of the first line.
        inline: whether it stands behind a value.
    """

    text: str
    space: str | None = None
    inline: bool = False


def value_of(text: str, place: Place) -> str:
    """The comment as it is encrypted."""
    first = place.pieces[0]
    body = text[_body(text, first) : first.end]
    lines = [body]
    for before, piece in zip(place.pieces, place.pieces[1:], strict=False):
        space = text[place.behind if piece.inline else before.end + 1 : piece.start]
        rest = text[piece.start + 1 : piece.end]
        kept = ""
        if piece.inline or space != _indentation(text, first) or _KEPT.match(rest):
            kept = space.translate(_KEEPING) + (_INLINE if piece.inline else _BLOCK)
        lines.append(text[piece.start] + kept + rest)
    if not body and len(lines) > 1:
        lines[0] = " "  # an empty line makes sops fail
    return "\n".join(lines)


def lines_of(value: str) -> list[Line]:
    """The lines of a comment that was decrypted."""
    first, *others = value.split("\n")
    return [Line("" if first == " " and others else first), *map(_line, others)]


def shown(value: str) -> str:
    """The comment as sops has it, without what was kept of its layout."""
    return "\n".join(line.text for line in lines_of(value))


def written(text: str, place: Place, value: str) -> Iterator[Splice]:
    """The change that gives a comment another text.

    Args:
        text: that of the file.
        place: where the comment is.
        value: as `value_of` gives it.
    """
    first, *others = lines_of(value)
    pieces, start = place.pieces, place.pieces[0]
    if start.inline and (others or (place.of_section and "]" in first.text)):
        yield from _moved_up(text, place, [first, *others])
        return
    marked = _marked(text, place)
    if marked is not None and not others and "]" not in first.text:
        yield from _moved_back(text, place, first, marked)
        return
    inline = others.pop() if others and others[-1].inline else None
    block = [piece for piece in pieces if piece.inline == start.inline]
    indentation = _indentation(text, start)
    body = "".join(f"\n{indentation if o.space is None else o.space}{o.text}" for o in others)
    yield Splice(_body(text, start), block[-1].end, first.text + body)
    if not start.inline and (inline or pieces[-1].inline):
        end = pieces[-1].end if pieces[-1].inline else place.behind
        yield Splice(place.behind, end, f"{inline.space}{inline.text}" if inline else "")


def _moved_up(text: str, place: Place, lines: Sequence[Line]) -> Iterator[Splice]:
    """An inline comment that gets lines of its own."""
    piece = place.pieces[0]
    above = _start_of_line(text, place.behind)
    sign = text[piece.start : _body(text, piece)]
    newline = "\r\n" if text.startswith("\r\n", piece.end) else "\n"
    yield Splice(above, above, sign + "\n".join(line.text for line in lines) + newline)
    if place.of_section and len(lines) == 1:
        yield Splice(piece.start, piece.end, _MARK)
    else:
        yield Splice(place.behind, piece.end, "")


def _moved_back(text: str, place: Place, line: Line, mark: int) -> Iterator[Splice]:
    """The inverse of `_moved_up`."""
    piece = place.pieces[0]
    sign = text[piece.start : _body(text, piece)]
    yield Splice(_start_of_line(text, piece.start), _start_of_line(text, place.behind), "")
    yield Splice(mark, mark + len(_MARK), sign + line.text)


def _marked(text: str, place: Place) -> int | None:
    """Where the mark of `_moved_up` is."""
    if not place.of_section or len(place.pieces) > 1 or place.pieces[0].inline:
        return None
    line = text[place.behind : line_end(text, place.behind)].rstrip("\r\n")
    return place.behind + len(line) - len(_MARK) if line.endswith(_MARK) else None


def _start_of_line(text: str, position: int) -> int:
    start = line_start(text, position)
    return 1 if start == 0 and text.startswith("\ufeff") else start


def _line(line: str) -> Line:
    if line[:1] not in ("#", ";"):
        return Line(f"; {line.strip(SPACE)}")  # as ini.v1 writes it
    kept = _KEPT.match(line, 1)
    if kept is None:
        return Line(line)
    return Line(line[0] + line[kept.end() :], kept[1].replace("\f", "\n"), kept[2] == _INLINE)


def _body(text: str, piece: Piece) -> int:
    """Where the text of a first line starts, behind its signs and spaces."""
    line = text[piece.start : piece.end]
    return piece.end - len(line.lstrip(f"{line[0]} "))


def _indentation(text: str, piece: Piece) -> str:
    return "" if piece.inline else text[_start_of_line(text, piece.start) : piece.start]
