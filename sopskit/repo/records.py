"""What git prints, piece by piece, cut into what ends with a newline or a NUL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def records(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    """Each record without its end; a last one that has none is one too.

    Args:
        pieces: the output, as it comes.
        end: one byte.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(end)
        yield from whole
    if rest:
        yield rest
