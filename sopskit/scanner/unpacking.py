"""Compressed files as streams: gzip, bzip2, xz, and zstd where Python has it; several in a row are one."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

_GZIP, _BZIP2, _XZ, _ZSTD = b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"

#: The most memory that xz may ask for, in bytes: its own default for compression takes 9 MiB.
_XZ_MEMORY = 72 << 20

#: Bytes of compressed content that are given to a library at once.
_CHUNK = 1 << 16

#: Since Python 3.14.
_HAS_ZSTD = find_spec("compression") is not None

#: What such files begin with.
BEGINNINGS = (_GZIP, _BZIP2, _XZ, *((_ZSTD,) if _HAS_ZSTD else ()))


class TooLargeError(Exception):
    """An archive holds more than is looked at."""


class _Decompressor(Protocol):
    """As `bz2.BZ2Decompressor`, which keeps what it could not use yet."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


def unpacked(content: bytes, take: Callable[[int], None]) -> io.RawIOBase | None:
    """What a compressed file holds, as a stream; None where it is not compressed.

    Reading raises whatever the library raises, or EOFError, where the file is damaged or cut off.

    Args:
        content: of the file.
        take: called with the size of each part that is unpacked.
    """
    start = next((each for each in BEGINNINGS if content.startswith(each)), None)
    return None if start is None else _Unpacked(content, start, take)


def _decompressor(start: bytes) -> _Decompressor:
    if start == _GZIP:
        return _Gzip()
    if start == _BZIP2:
        import bz2

        return bz2.BZ2Decompressor()
    if start == _XZ:
        import lzma

        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    from importlib import import_module

    zstd: _Decompressor = import_module("compression.zstd").ZstdDecompressor()
    return zstd


class _Gzip:
    """What `zlib` has for gzip, as other libraries have it."""

    def __init__(self) -> None:
        import zlib

        self._object = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def needs_input(self) -> bool:
        return not self._object.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, max_length)


class _Unpacked(io.RawIOBase):
    """See `unpacked`."""

    def __init__(self, content: bytes, start: bytes, take: Callable[[int], None]) -> None:
        self._content, self._start, self._take = content, start, take
        self._place = 0
        self._object = _decompressor(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer, says typeshed
        while True:
            if self._object.eof and not self._begin_next():
                return 0
            data = b""
            if self._object.needs_input:
                data = self._content[self._place : self._place + _CHUNK]
                self._place += len(data)
                if not data and not self._object.eof:
                    raise EOFError
            part = self._object.decompress(data, len(buffer))
            if part:
                self._take(len(part))
                buffer[: len(part)] = part
                return len(part)

    def _begin_next(self) -> bool:
        """Go on with the next stream, if there is one; what else stands behind the last is padding."""
        self._place -= len(self._object.unused_data)
        rest = self._content[self._place : self._place + len(self._start)]
        if rest != self._start:
            return False
        self._object = _decompressor(self._start)
        return True
