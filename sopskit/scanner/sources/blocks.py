"""Reading a file in blocks into one buffer that is used again and again.

Blocks overlap on both sides by more than any match is long, and by what is looked at around one. A match
belongs to the block in whose own part it starts, so that each is found in exactly one, whole.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sopskit.scanner.triggers import Span

#: Of a block's own part.
BLOCK = 4 << 20

#: More than `shape.MAX_WIDTH`, and than what `encrypted` and `keywords` look at before a match.
OVERLAP = 1 << 17


class Block(NamedTuple):
    """A piece of a text.

    Attributes:
        content: the piece, valid until the next one is asked for.
        low: where its own part begins in it.
        high: where its own part ends in it; what starts there or later belongs to the next block.
        offset: where `content` begins in the text, in bytes.
        size: of the whole text read by now, in bytes.
        spans: what the triggers say of `content`; None where they were not asked yet.
    """

    content: memoryview
    low: int
    high: int
    offset: int
    size: int
    spans: Sequence[Span] | None = None


class Buffer:
    """The memory for one block."""

    def __init__(self) -> None:
        self._view = memoryview(bytearray(BLOCK + 2 * OVERLAP))

    def blocks(self, descriptor: int) -> Iterator[Block]:
        """Read a file from where it stands to its end; an empty one has no block.

        Raises:
            OSError: it cannot be read.
        """
        return self.blocks_of(lambda view: os.readv(descriptor, [view]))

    def blocks_of(self, read: Callable[[memoryview], int]) -> Iterator[Block]:
        """As `blocks`, of whatever can be read.

        Args:
            read: fills a part of a buffer, and says how much of it; 0 at the end.
        """
        view, size = self._view, self._fill(read, 0)
        if size < len(view):
            if size:
                yield Block(view[:size], 0, size, 0, size)
            return
        low, offset = 0, 0
        while size == len(view):
            high = size - OVERLAP
            yield Block(view, low, high, offset, offset + size)
            low = OVERLAP
            kept = size - high + OVERLAP  # of the own part so much that a match can look back
            view[:kept] = bytes(view[size - kept :])
            offset += size - kept
            size = self._fill(read, kept)
        yield Block(view[:size], low, size, offset, offset + size)

    def _fill(self, read: Callable[[memoryview], int], start: int) -> int:
        """Read to the buffer's end, or the text's; returns how much of the buffer is filled."""
        while start < len(self._view):
            number = read(self._view[start:])
            if number == 0:
                break
            start += number
        return start
