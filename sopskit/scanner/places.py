"""Offsets in bytes as lines and columns. Matches come in order, so that each byte is looked at once."""

from __future__ import annotations

from typing import NamedTuple


class Position(NamedTuple):
    """A line and a column, both from 1, the column in characters."""

    line: int
    column: int


class Ruler:
    """Tells the position of one offset after another of a text that comes in blocks."""

    def __init__(self) -> None:
        self._offset = 0  # in the whole text
        self._line, self._column = 1, 1

    def position(self, content: bytes | memoryview, start: int, offset: int) -> Position:
        """The position of an offset; one before the last that was asked for stands for that.

        Args:
            content: a piece of the text.
            start: where the piece begins in the text.
            offset: in the text.
        """
        offset = max(offset, self._offset)
        piece = bytes(content[self._offset - start : offset - start])
        lines = piece.count(b"\n")
        if lines:
            self._line += lines
            self._column = 1
            piece = piece[piece.rfind(b"\n") + 1 :]
        self._column += _characters(piece)
        self._offset = offset
        return Position(self._line, self._column)


def _characters(piece: bytes) -> int:
    """Bytes that begin a character of UTF-8; others count one each, as if each were one."""
    if piece.isascii():
        return len(piece)
    return len(piece.decode("utf-8", "surrogateescape"))
