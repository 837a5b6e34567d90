"""What was found out before, in one file of the git directory: entries by key, each added once.

The file holds nothing that cannot be found out again. So a damaged one is begun anew, and one that cannot be
written is done without. Entries are appended under a lock; several processes may do so.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from sopskit.repo.durability import write_all
from sopskit.repo.names import STATE_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MAGIC = b"sopskit remembers\n"
_HEADER = struct.Struct(f"<{len(_MAGIC)}sI16s")  # magic, version, salt
_RECORD = struct.Struct("<IHI")  # checksum of all that follows, sizes of key and entry
_SIZES = struct.Struct("<HI")
_LARGEST = 1 << 30  # of the file, in bytes; a larger one is begun anew


class Remembered(NamedTuple):
    """What the file held when it was read.

    Attributes:
        path: of the file; None where nothing is kept.
        version: of what the entries mean; a file of another version is begun anew.
        salt: 16 random bytes that stay with the file, for digests that mean nothing elsewhere.
        entries: by key.
    """

    path: Path | None
    version: int
    salt: bytes
    entries: dict[bytes, bytes]

    def add(self, new: Mapping[bytes, bytes]) -> None:
        """Add entries, and keep them where that can be done."""
        self.entries.update(new)
        if new:
            self._write(new, anew=False)

    def replace(self, new: Mapping[bytes, bytes]) -> None:
        """Put entries in the place of all there are, and keep them where that can be done."""
        self.entries.clear()
        self.entries.update(new)
        self._write(new, anew=True)

    def _write(self, new: Mapping[bytes, bytes], *, anew: bool) -> None:
        if self.path is None:
            return
        with contextlib.suppress(OSError), _opened(self.path, os.O_RDWR | os.O_CREAT) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            header = _HEADER.pack(_MAGIC, self.version, self.salt)
            if (
                anew or _head(descriptor) != header
            ):  # none, of another version, or damaged and begun anew meanwhile
                os.ftruncate(descriptor, 0)
                new = self.entries
            os.lseek(descriptor, 0, os.SEEK_END)
            if not os.fstat(descriptor).st_size:
                write_all(descriptor, header)
            write_all(descriptor, b"".join(_records(new)))


def recall(folder: Path, name: str, version: int) -> Remembered:
    """Read what was remembered, or begin anew.

    Args:
        folder: `Repository.state_dir`; where it is not there (outside git) nothing is kept.
        name: of the file.
        version: of what the entries mean.
    """
    path = folder / name if folder.name != STATE_FOLDER and folder.is_dir() else None
    content = b""
    if path is not None:
        with contextlib.suppress(OSError), _opened(path, os.O_RDONLY) as descriptor:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            content = _read(descriptor)
    found = _parse(content, version)
    if found is None:
        return Remembered(path, version, os.urandom(16), {})
    return Remembered(path, version, *found)


def _parse(content: bytes, version: int) -> tuple[bytes, dict[bytes, bytes]] | None:
    """Salt and entries; None where the file is another one, or damaged anywhere."""
    if len(content) < _HEADER.size:
        return None
    magic, found, salt = _HEADER.unpack_from(content)
    if (magic, found) != (_MAGIC, version):
        return None
    entries: dict[bytes, bytes] = {}
    place = _HEADER.size
    view = memoryview(content)
    while place < len(content):
        if place + _RECORD.size > len(content):
            return None
        checksum, key_size, size = _RECORD.unpack_from(content, place)
        start = place + _RECORD.size
        middle, end = start + key_size, start + key_size + size
        if end > len(content) or zlib.crc32(view[place + 4 : end]) != checksum:
            return None
        entries[content[start:middle]] = content[middle:end]
        place = end
    return salt, entries


def _records(entries: Mapping[bytes, bytes]) -> Iterator[bytes]:
    for key, entry in entries.items():
        record = _SIZES.pack(len(key), len(entry)) + key + entry
        yield zlib.crc32(record).to_bytes(4, "little") + record


@contextlib.contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _head(descriptor: int) -> bytes:
    return os.pread(descriptor, _HEADER.size, 0)


def _read(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    if size > _LARGEST:
        return b""
    pieces = []
    while size and (piece := os.read(descriptor, size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
