"""Archives and compressed files: their members, within limits that a bomb cannot pass.

What is not read is said, member by member: with a password, cut off, by another method, too large.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sopskit.scanner.unpacking import BEGINNINGS, TooLargeError, unpacked

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterator

#: The largest archive that is looked into, in bytes, and the largest file of one; of nested ones half as
#: much with each level, so that what is held at once stays small.
LARGEST = 64 << 20

#: Archives within archives.
MAX_DEPTH = 4

#: What all archives in one file may hold, in bytes, and how many files.
_MOST, _MOST_MEMBERS = 512 << 20, 50_000

_ZIP = b"PK\x03\x04"
_ZIP_ENTRY = b"PK\x01\x02"  # in the directory at its end (APPNOTE 4.3.12)
_TAR = b"ustar"
_TAR_PLACE = 257
_BLOCK = 512

_PIECE = 1 << 18

_DAMAGED = "is damaged, or cut off"

_ENCRYPTED = 1  # in the flags of a zip member (APPNOTE 4.4.4)


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Member(NamedTuple):
    """A file of an archive.

    Attributes:
        name: of the file; "" for what a compressed file holds.
        content: what could be read of it.
        problem: why that is not all; None where it is.
    """

    name: str
    content: bytes
    problem: str | None = None


class Budget:
    """What may still be unpacked of one file, archives in archives included."""

    def __init__(self) -> None:
        self._bytes, self._members = _MOST, _MOST_MEMBERS

    def take(self, size: int) -> None:
        """Use up a part.

        Raises:
            TooLargeError: there is not as much left.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise TooLargeError

    def take_member(self) -> None:
        """As `take`, for a file."""
        self._members -= 1
        if self._members < 0:
            raise TooLargeError


def is_archive(content: bytes | memoryview) -> bool:
    """Whether a file that begins so is an archive, or compressed."""
    start = bytes(content[:_BLOCK])
    return start.startswith((_ZIP, *BEGINNINGS)) or _is_tar(start)


def members(content: bytes, budget: Budget, depth: int = 0) -> Iterator[Member]:
    """The files in an archive; of a damaged one those that can be read.

    Args:
        content: of the archive.
        budget: that it uses up.
        depth: how many archives it is in.

    Raises:
        TooLargeError: it holds more than the budget.
    """
    limit = LARGEST >> depth
    if content.startswith(_ZIP):
        yield from _of_zip(content, budget, limit)
    elif _is_tar(content[:_BLOCK]):
        yield from _of_tar(io.BytesIO(content), budget, limit)
    else:
        yield from _of_compressed(content, budget, limit)


def _is_tar(start: bytes) -> bool:
    return start[_TAR_PLACE : _TAR_PLACE + len(_TAR)] == _TAR


def _of_zip(content: bytes, budget: Budget, limit: int) -> Iterator[Member]:
    import zipfile

    if content.count(_ZIP_ENTRY) > _MOST_MEMBERS:  # before the library makes an object of each
        raise TooLargeError
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except Exception:  # noqa: BLE001 - a damaged archive makes the library raise whatever comes
        yield Member("", b"", _DAMAGED)
        return
    for entry in entries:
        budget.take_member()
        if not entry.is_dir():
            yield _of_entry(archive, entry, budget, limit)


def _of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget, limit: int) -> Member:
    if entry.flag_bits & _ENCRYPTED:
        return Member(entry.filename, b"", "has a password")
    try:
        with archive.open(entry) as file:
            return _read(entry.filename, file, budget, limit)
    except NotImplementedError:
        return Member(entry.filename, b"", "is compressed by a method that is not known here")
    except TooLargeError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return Member(entry.filename, b"", _DAMAGED)


def _of_tar(file: _Stream, budget: Budget, limit: int) -> Iterator[Member]:
    import tarfile

    try:
        # As a stream: a header that leads back, or far ahead, is an error then.
        with tarfile.open(fileobj=file, mode="r|") as archive:  # type: ignore[call-overload]  # it is only read
            for entry in archive:
                budget.take_member()
                content = archive.extractfile(entry) if entry.isreg() else None
                if content is not None:
                    yield _read(entry.name, content, budget, limit)
                archive.members = []  # of which it keeps all  # type: ignore[attr-defined]
    except TooLargeError:
        raise
    except Exception:  # noqa: BLE001 - as in a zip archive
        yield Member("", b"", _DAMAGED)


def _of_compressed(content: bytes, budget: Budget, limit: int) -> Iterator[Member]:
    raw = unpacked(content, budget.take)
    if raw is None:
        return
    stream = io.BufferedReader(raw, _PIECE)
    try:
        start = stream.peek(_BLOCK)[:_BLOCK]
    except TooLargeError:
        raise
    except Exception:  # noqa: BLE001 - as in a zip archive
        start = b""
    if _is_tar(start):
        yield from _of_tar(stream, budget, limit)
    else:
        yield _read("", stream, budget, limit)


def _read(name: str, file: _Stream, budget: Budget, limit: int) -> Member:
    """Read a file piece by piece, since what it says of its size may be wrong."""
    pieces: list[bytes] = []
    size, problem = 0, None
    while problem is None:
        try:
            piece = file.read(min(_PIECE, limit + 1 - size))
        except TooLargeError:
            raise
        except Exception:  # noqa: BLE001 - as in a zip archive
            problem = _DAMAGED
            break
        if not piece:
            break
        budget.take(len(piece))
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            problem = f"is larger than {limit >> 20} MiB unpacked"
    return Member(name, b"".join(pieces)[:limit], problem)
