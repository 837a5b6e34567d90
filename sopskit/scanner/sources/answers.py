"""Contents of git in one buffer, as many as fit, of a `git cat-file --batch` that is not waited for."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable

#: Of the buffer; a content that does not fit is read in blocks.
SIZE = 1 << 20

#: Of the pipe, so that git can go on while we search.
_PIPE = 1 << 20

#: An answer begins with a line of id, kind and size.
_LONGEST_HEADER = 256

#: Stands where an answer begins, in the place of a letter of its id: no trigger reaches over a brace and a
#: line break from one content into the next.
_FENCE = ord("}")


class Place(NamedTuple):
    """Where a content is in the buffer."""

    start: int
    end: int


class Answers:
    """The answers, in order.

    Args:
        descriptor: what git writes to.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._bytes = bytearray(SIZE)
        self._start = self._end = 0  # of what was read, but not given out
        self.view = memoryview(self._bytes)
        self.ended = False
        _widen(descriptor)

    def next(self, wanted: int) -> list[Place | None]:
        """The next contents, as many as fit into the buffer, but no more than wanted.

        They are valid until this is called again. None stands for one that git does not have. There is
        nothing where the next one does not fit (see `large`).

        Raises:
            FailedError: git has ended.
            OSError: it cannot be read from.
        """
        kept = self._end - self._start
        self.view[:kept] = bytes(self.view[self._start : self._end])
        self._start, self._end = 0, kept
        places: list[Place | None] = []
        while True:
            self._parse(places, wanted)
            if len(places) == wanted or self._end == SIZE or not self._fill():
                break
        if not places and self.ended:
            raise FailedError("git ended before it had answered")
        return places

    def large(self) -> tuple[int, Callable[[memoryview], int]]:
        """The size of the next content, which does not fit, and what reads it into a buffer."""
        header, behind = self._header(0)
        self._start = behind
        size = int(header[2])
        rest = size

        def read(target: memoryview) -> int:
            nonlocal rest
            number = self._read(target[:rest])
            if rest and not number:
                raise FailedError("git ended before it had answered")
            rest -= number
            if number and not rest:
                self._read(memoryview(bytearray(1)))  # the line break behind it
            return number

        return size, read

    def _parse(self, places: list[Place | None], wanted: int) -> None:
        """Find whole answers in what was read."""
        while len(places) < wanted:
            header, start = self._header(self._start)
            if not header:
                return
            if len(header) != 3:
                places.append(None)
                self._start = start
                continue
            end = start + int(header[2])
            if end >= self._end:  # the line break behind it belongs to it
                return
            self._bytes[self._start] = _FENCE
            places.append(Place(start, end))
            self._start = end + 1

    def _header(self, start: int) -> tuple[list[bytes], int]:
        """The words of an answer's first line, and where it ends; nothing where that was not read yet."""
        end = self._bytes.find(b"\n", start, min(self._end, start + _LONGEST_HEADER))
        return (bytes(self._bytes[start:end]).split(), end + 1) if end >= 0 else ([], start)

    def _fill(self) -> bool:
        number = os.readv(self._descriptor, [self.view[self._end :]])
        self._end += number
        self.ended = not number
        return number > 0

    def _read(self, target: memoryview) -> int:
        """Bytes of an answer, first those that were read already."""
        kept = min(self._end - self._start, len(target))
        if not kept:
            return os.readv(self._descriptor, [target]) if len(target) else 0
        target[:kept] = self.view[self._start : self._start + kept]
        self._start += kept
        return kept


def _widen(pipe: int) -> None:
    """Let more fit into a pipe, where the system allows that."""
    import fcntl

    set_size = getattr(fcntl, "F_SETPIPE_SZ", None)
    if set_size is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, set_size, _PIPE)
