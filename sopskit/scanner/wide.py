"""Texts in UTF-16, as Windows writes them: searched as UTF-8, block after block."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sopskit.scanner.sources.blocks import Block

#: Bytes that tell, where there is no byte order mark: nearly all characters of code are ASCII.
_SAMPLE = 256
_SMALLEST = 16

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def wide_codec(content: bytes | memoryview) -> Wide | None:
    """What decodes a text that begins so; None where it is not in UTF-16."""
    start = bytes(content[:2])
    if start in _BYTE_ORDER_MARKS:
        return None if bytes(content[:4]) == b"\xff\xfe\0\0" else Wide(_BYTE_ORDER_MARKS[start])
    if b"\0" not in start:
        return None
    sample = bytes(content[: min(_SAMPLE, len(content) // 2 * 2)])
    if len(sample) < _SMALLEST:
        return None
    even, odd = sample[::2], sample[1::2]
    if b"\0" not in even and 10 * odd.count(0) >= 9 * len(odd):
        return Wide("utf-16-le")
    if b"\0" not in odd and 10 * even.count(0) >= 9 * len(even):
        return Wide("utf-16-be")
    return None


class Wide:
    """Decodes one text.

    Args:
        codec: `utf-16-le` or `utf-16-be`.
    """

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._size = 0  # of what was decoded of the text's own parts, in bytes of UTF-8

    def narrowed(self, block: Block) -> Block:
        """The same block in UTF-8; places in it are those in the whole text in UTF-8, without its mark."""
        view = block.content
        before, behind = self._decoded(view[: block.low]), self._decoded(view[block.high :])
        own = self._decoded(view[block.low : block.high])
        if self._size == 0:
            own = own.removeprefix(b"\xef\xbb\xbf")
        content = before + own + behind
        low, high = len(before), len(before) + len(own)
        offset = self._size - low
        self._size += len(own)
        return block._replace(content=memoryview(content), low=low, high=high, offset=offset)

    def _decoded(self, part: memoryview) -> bytes:
        return bytes(part).decode(self._codec, "replace").encode("utf-8", "replace")
