"""A file as it was read: its bytes, and what tells later whether it is still the same."""

from __future__ import annotations

import os
import stat
import time
from typing import NamedTuple

from sopskit.errors import FailedError
from sopskit.repo.failures import read_failed
from sopskit.text.shown import shown

#: Far above any secret file; what is larger is refused instead of filling the memory.
SIZE_LIMIT = 256 * 1024 * 1024

#: A file that changed this shortly before it was read may change again without another timestamp
#: (git calls such an index entry racy). FAT's step of two seconds is the coarsest in use.
_RACY_NS = 2_000_000_000


#: Write permission of whomever; a file without any was meant to stay as it is.
ANY_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class Identity(NamedTuple):
    """What the system says about a file; any change of the file changes one of these."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    mode: int
    uid: int
    gid: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """Take what matters from a `stat` result."""
        return cls(
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            status.st_mode & 0o7777,
            status.st_uid,
            status.st_gid,
        )


class Version(NamedTuple):
    """One state of a file, without its bytes.

    Attributes:
        identity: what the system said when it was read.
        digest: SHA-256 of the bytes.
        racy: the file had changed so shortly before that an equal identity proves nothing.
    """

    identity: Identity
    digest: bytes
    racy: bool


class FileSnapshot(NamedTuple):
    """A file as it was read.

    Attributes:
        path: as asked for, relative to the repository.
        resolved: the file really read, relative to the repository: behind symbolic links, where there are
            any. Two paths with one `resolved` are one file.
        content: all its bytes.
        identity: what the system says about the file.
        read_ns: when it was read, in nanoseconds since 1970.
    """

    path: str
    resolved: str
    content: bytes
    identity: Identity
    read_ns: int

    def __repr__(self) -> str:
        return f"FileSnapshot({self.path!r})"  # the content may be a plaintext

    @property
    def version(self) -> Version:
        """This state of the file, for a later comparison; it holds no bytes."""
        changed = max(self.identity.mtime_ns, self.identity.ctime_ns)
        return Version(self.identity, digest(self.content), self.read_ns - changed < _RACY_NS)


def digest(content: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    import hashlib  # takes 5 ms to load, and a command that writes nothing asks for no digest

    return hashlib.sha256(content).digest()


def read(absolute: str, path: str, *, limit: int = SIZE_LIMIT) -> tuple[bytes, Identity]:
    """Read a regular file that is no symbolic link. It never waits, whatever stands there.

    Args:
        absolute: the file.
        path: what to call it in an error.
        limit: the largest size in bytes.

    Raises:
        FailedError: missing, unreadable, no regular file, too large, or changed while it was read.
    """
    # O_NONBLOCK: opening a pipe would wait for a writer.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
    try:
        descriptor = os.open(absolute, flags)
    except (OSError, ValueError) as error:
        raise _not_opened(error, absolute, path) from None
    try:
        return _read_open(descriptor, path, limit)
    except OSError as error:
        raise read_failed(error, path) from None
    finally:
        os.close(descriptor)


def _read_open(descriptor: int, path: str, limit: int) -> tuple[bytes, Identity]:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise FailedError(f"is {_kind(status.st_mode)}, no file", path=shown(path))
    if status.st_size > limit:
        raise FailedError(f"is larger than {_size(limit)}", path=shown(path))
    identity = Identity.of(status)
    content = _read_up_to(descriptor, identity.size + 1)
    if len(content) != identity.size or Identity.of(os.fstat(descriptor)) != identity:
        raise FailedError("changed while it was read", hint="run the command again", path=shown(path))
    return content, identity


def _read_up_to(descriptor: int, size: int) -> bytes:
    content = os.read(descriptor, size)
    while 0 < len(content) < size and (more := os.read(descriptor, size - len(content))):
        content += more
    return content


def is_unchanged(absolute: str, version: Version) -> bool:
    """Whether the file still is that version; a new timestamp on the same bytes is no change.

    Raises:
        OSError: it cannot be looked at; FileNotFoundError where it is gone.
        FailedError: it cannot be read.
    """
    status = os.lstat(absolute)
    if not stat.S_ISREG(status.st_mode):
        return False
    now = Identity.of(status)
    if now == version.identity and not version.racy:
        return True
    before = version.identity
    if (now.size, now.mode, now.uid, now.gid) != (before.size, before.mode, before.uid, before.gid):
        return False
    content, _ = read(absolute, absolute)
    return digest(content) == version.digest


def is_version(read: FileSnapshot, version: Version) -> bool:
    """Whether what was read is that version."""
    if read.identity == version.identity and not version.racy:
        return True
    return digest(read.content) == version.digest


def now_ns() -> int:
    """The time to put down as `FileSnapshot.read_ns`."""
    return time.time_ns()


def _not_opened(error: OSError | ValueError, absolute: str, path: str) -> FailedError:
    if isinstance(error, ValueError):
        return FailedError("a file's name cannot hold a NUL", path=shown(path))
    try:  # a symbolic link fails with ELOOP, a socket with ENXIO: say what it is
        mode = os.lstat(absolute).st_mode
    except OSError:
        return read_failed(error, path)
    if stat.S_ISREG(mode):
        return read_failed(error, path)
    return FailedError(f"is {_kind(mode)}, no file", path=shown(path))


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def _size(limit: int) -> str:
    return f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"
