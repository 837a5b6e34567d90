"""What takes long to make is kept between runs: the compiled triggers and the parsed rules.

The files lie in `$XDG_CACHE_HOME/sopskit`. One that is damaged, or that another user could have written, is
made anew: a database that Hyperscan loads, and what `marshal` reads, must come from ourselves.

A hook that finds nothing waits for this: it imports next to nothing.
"""
# ruff: noqa: PTH103, PTH105, PTH108 - pathlib takes 10 ms

from __future__ import annotations

import os
import stat
import zlib

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Mapping

_MAGIC = b"sopskit cache 2\n"
_NUMBER = 4  # bytes of a size or a checksum
_KEPT = 8  # files of other versions


class Cache:
    """Files of one purpose in the user's cache.

    Args:
        environ: says where the cache is.
        key: all that the contents depend on; of another key nothing is found.
    """

    def __init__(self, environ: Mapping[str, str], key: bytes) -> None:
        self._folder = _folder(environ)
        self._key = key

    def read(self, name: str, *, has_checksum: bool = False) -> bytes | None:
        """What was written under a name; None where it is not there, damaged, or not surely ours.

        Args:
            name: of the content, without `-`.
            has_checksum: the content has one of its own, which whoever takes it looks at; it is not read
                through twice.
        """
        if self._folder is None or not _is_ours(self._folder, stat.S_IFDIR):
            return None
        header = self._header()
        start, content = _read(self._path(name), len(header) + _NUMBER)
        if not start.startswith(header):
            return None
        return content if has_checksum or start[len(header) :] == _encoded(zlib.crc32(content)) else None

    def has(self, name: str) -> bool:
        """Whether there is something under a name, damaged or not."""
        return self._folder is not None and os.path.lexists(self._path(name))

    def write(self, name: str, content: bytes) -> None:
        """Keep a content. Where that is not possible nothing is kept, and all goes on."""
        if not self._make_folder():
            return
        from contextlib import suppress

        with suppress(OSError):
            _write(self._path(name), self._header() + _encoded(zlib.crc32(content)) + content)
            self._remove_old(name)

    def lock(self) -> int | None:
        """Open the file that whoever makes something holds locked (`flock`); None where there is none."""
        if not self._make_folder():
            return None
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            return os.open(f"{self._folder}/lock", flags, 0o600)
        except OSError:
            return None

    def _make_folder(self) -> bool:
        """Make the folder where it is missing; returns whether it may be used."""
        if self._folder is None:
            return False
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        except OSError:
            return False
        return _is_ours(self._folder, stat.S_IFDIR)

    def _header(self) -> bytes:
        return _MAGIC + _encoded(len(self._key)) + self._key

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}-{zlib.crc32(self._key):08x}"

    def _remove_old(self, name: str) -> None:
        """Leave the newest few of a name: each version of the rules would leave its own."""
        with os.scandir(self._folder) as entries:
            files = [
                (entry.stat().st_mtime_ns, entry.path)
                for entry in entries
                if entry.name.startswith(f"{name}-")
            ]
        for _, path in sorted(files)[:-_KEPT]:
            os.unlink(path)


def _folder(environ: Mapping[str, str]) -> str | None:
    """The folder of sopskit in the user's cache (XDG Base Directory Specification), if there is one."""
    base = environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = environ.get("HOME", "")
        base = f"{home}/.cache" if home.startswith("/") else ""
    return f"{base}/sopskit" if base else None


def _is_ours(path: str | int, kind: int) -> bool:
    """Whether it belongs to this user, and nobody else may write it."""
    try:
        status = os.lstat(path) if isinstance(path, str) else os.fstat(path)
    except OSError:
        return False
    is_closed = not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_IFMT(status.st_mode) == kind and status.st_uid == os.geteuid() and is_closed


def _read(path: str, size: int) -> tuple[bytes, bytes]:
    """The first bytes of a file, and the others; none where it is not surely ours."""
    # A pipe that stands there would be waited for.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return b"", b""
    if not _is_ours(descriptor, stat.S_IFREG):
        os.close(descriptor)
        return b"", b""
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        try:
            return file.read(size), file.read()
        except OSError:
            return b"", b""


def _write(path: str, content: bytes) -> None:
    """Put a file of mode 0600 in place, whole or not at all."""
    temporary = f"{path}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _encoded(number: int) -> bytes:
    return number.to_bytes(_NUMBER, "big")
