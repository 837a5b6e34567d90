"""Archives and compressed files: their members, within limits that a bomb cannot pass."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The largest archive that is looked into, and the most that all it holds may be, in bytes.
LARGEST = 64 << 20
_MOST_MEMBERS = 10_000

#: Archives within archives.
MAX_DEPTH = 2

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b\x08"
_BZIP2 = b"BZh"
_XZ = b"\xfd7zXZ\0"
_TAR = b"ustar"
_TAR_PLACE = 257


class Member(NamedTuple):
    """A file of an archive: its name, and what it holds."""

    name: str
    content: bytes


class TooLargeError(Exception):
    """An archive holds more than is looked at."""


def is_archive(content: bytes | memoryview) -> bool:
    """Whether a file that begins so is an archive, or compressed."""
    start = bytes(content[: _TAR_PLACE + len(_TAR)])
    return start.startswith((_ZIP, _GZIP, _BZIP2, _XZ)) or start[_TAR_PLACE:] == _TAR


def members(content: bytes) -> Iterator[Member]:
    """The files in an archive; of a damaged one those that can be read.

    Raises:
        TooLargeError: it holds more than `LARGEST` bytes, or too many files.
    """
    if content.startswith(_ZIP):
        yield from _limited(_of_zip(content))
        return
    unpacked = _decompressed(content)
    if unpacked[_TAR_PLACE : _TAR_PLACE + len(_TAR)] == _TAR:
        yield from _limited(_of_tar(unpacked))
    elif unpacked and unpacked is not content:
        yield Member("", unpacked)


def _limited(found: Iterator[Member]) -> Iterator[Member]:
    size = 0
    for number, member in enumerate(found):
        size += len(member.content)
        if size > LARGEST or number >= _MOST_MEMBERS:
            raise TooLargeError
        yield member


def _of_zip(content: bytes) -> Iterator[Member]:
    import zipfile

    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except Exception:  # noqa: BLE001 - a damaged archive makes the library raise whatever comes
        return
    for entry in entries:
        try:
            with archive.open(entry) as file:  # not where it has a password
                member = Member(entry.filename, file.read(LARGEST + 1))
        except Exception:  # noqa: BLE001, S112 - as above
            continue
        yield member


def _of_tar(content: bytes) -> Iterator[Member]:
    import tarfile

    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isreg() else None
                yield Member(entry.name, file.read(LARGEST + 1) if file is not None else b"")
    except Exception:  # noqa: BLE001 - as in a zip archive
        return


def _decompressed(content: bytes) -> bytes:
    """What a compressed file holds; itself where it is not compressed."""
    import bz2
    import lzma
    import zlib

    try:
        if content.startswith(_GZIP):
            unpacked = zlib.decompressobj(wbits=31).decompress(content, LARGEST + 1)
        elif content.startswith(_BZIP2):
            unpacked = bz2.BZ2Decompressor().decompress(content, LARGEST + 1)
        elif content.startswith(_XZ):
            unpacked = lzma.LZMADecompressor(memlimit=LARGEST).decompress(content, LARGEST + 1)
        else:
            return content
    except (zlib.error, OSError, lzma.LZMAError, ValueError, EOFError):
        return b""
    if len(unpacked) > LARGEST:
        raise TooLargeError
    return unpacked
