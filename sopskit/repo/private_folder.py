"""A folder for plaintext that an editor or a command is to see, and that no end of ours leaves behind.

    with PrivateFolder() as folder:
        path = folder.write("secrets.yaml", plaintext)

It is in memory where the system has a tmpfs, so that it ends with the machine. A watcher, a process that
knows the folder's name and nothing else, removes it when this process dies, by SIGKILL too. Where both
were killed, `remove_abandoned` does, since the folder is locked only as long as its owner lives.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sopskit.errors import FailedError
from sopskit.repo.durability import write_all
from sopskit.repo.failures import write_failed
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "sopskit-private-"
_NAME = re.compile(rf"{_PREFIX}[0-9a-f]{{16}}")

#: `read` returns when the last process that holds the other end of the pipe is gone.
_WATCH = 'read -r _; exec rm -rf -- "$1"'

#: What would end the watcher before its time; blocked in it, and in the `rm` that it becomes.
_BLOCKED = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)

_IN_MEMORY = frozenset({b"tmpfs", b"ramfs"})

#: An editor that is still writing may put a file into a folder that is being emptied.
_ATTEMPTS = 5


class PrivateFolder:
    """A folder of mode 0700, there within a `with` block.

    Attributes:
        path: the folder.
        in_memory: whether it is on a tmpfs; on a disk, a power failure leaves what is in it until the next
            command removes it.

    Raises:
        FailedError: on entering: no folder can be made anywhere; on leaving: it cannot be removed.
    """

    path: Path
    in_memory: bool

    def __init__(self) -> None:
        self._descriptor = -1
        self._watcher: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.path, self._descriptor, self.in_memory = _make()
        try:
            self._watcher = _watch(self.path)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            _remove(self.path)
        finally:
            os.close(self._descriptor)
            if self._watcher is not None:
                self._watcher.communicate()  # it ends with its input

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of mode 0600 in the folder.

        Raises:
            FailedError: it cannot be written.
        """
        path = self.path / name
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            try:
                write_all(descriptor, content)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise write_failed(error, str(path)) from None
        return path

    @contextlib.contextmanager
    def pipe(self, name: str, content: bytes) -> Iterator[Path]:
        """A named pipe of mode 0600 in the folder: the first who opens it reads the content, once.

        Raises:
            FailedError: it cannot be made.
        """
        path = self.path / name
        try:
            os.mkfifo(path, 0o600)
        except OSError as error:
            raise write_failed(error, str(path)) from None
        # Opening a pipe waits for its reader, who may never come.
        writer = threading.Thread(target=_write_once, args=(path, content), daemon=True)
        writer.start()
        try:
            yield path
        finally:
            with contextlib.suppress(OSError):
                os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
            writer.join(timeout=1)  # longer only where the command left a child that has it open


def remove_abandoned() -> None:
    """Remove the folders of this user whose process was killed together with its watcher.

    Raises:
        FailedError: one cannot be removed.
    """
    for path in _folders():
        descriptor = _lock(path)
        if descriptor is not None:
            try:
                _remove(path)
            finally:
                os.close(descriptor)


def _make() -> tuple[Path, int, bool]:
    """A new folder, locked: its path, the descriptor that holds the lock, and whether it is in memory."""
    problem, parent = OSError(), Path()
    for parent in _parents():
        path = parent / f"{_PREFIX}{os.urandom(8).hex()}"
        try:
            os.mkdir(path, 0o700)  # noqa: PTH102 - a step that the kill tests count
        except OSError as error:
            problem = error
            continue
        descriptor = _lock(path)
        if descriptor is not None:  # else another command took the moment before it was locked for its end
            return path, descriptor, _is_in_memory(parent)
    raise write_failed(problem, str(parent))


def _parents() -> Iterator[Path]:
    """Where the folder may be made, the best place first."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    in_memory = [Path(runtime)] if runtime and _is_ours(Path(runtime)) else []
    in_memory.append(Path("/dev/shm"))  # noqa: S108 - the folder in it is 0700
    yield from (path for path in in_memory if _is_in_memory(path))
    yield Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 - as above


def _is_ours(path: Path) -> bool:
    """Whether a folder belongs to this user and is closed to all others."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return False
    is_closed = not status.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and is_closed


def _is_in_memory(path: Path) -> bool:
    """Whether a folder is on a tmpfs, as the table of mounts says (Linux, proc(5))."""
    try:
        device = path.stat().st_dev
        table = Path("/proc/self/mountinfo").read_bytes()
    except (OSError, ValueError):
        return False
    number = f"{os.major(device)}:{os.minor(device)}".encode()
    for line in table.splitlines():
        mount, _, kind = line.partition(b" - ")
        if mount.split()[2:3] == [number]:
            return kind.split()[0] in _IN_MEMORY
    return False


def _folders() -> Iterator[Path]:
    for parent in dict.fromkeys(_parents()):
        with contextlib.suppress(OSError), os.scandir(parent) as entries:
            names = [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
            yield from (parent / name for name in names if _is_ours(parent / name))


def _lock(path: Path) -> int | None:
    """Lock a folder; None where another process holds it, or it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), os.lstat(path)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _watch(path: Path) -> subprocess.Popen[bytes]:
    """Start the watcher. Its environment is empty: that of this process may hold identities."""
    environ = {"PATH": os.environ.get("PATH", os.defpath)}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)  # the child inherits it
    try:
        return subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "sh", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environ,
            start_new_session=True,
        )
    except OSError as error:
        reason = error.strerror or "no reason given"
        raise FailedError(f"what removes the plaintext after a crash cannot be started: {reason}") from None
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _write_once(path: Path, content: bytes) -> None:
    with contextlib.suppress(OSError):  # the reader had enough, or removed the pipe
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            write_all(descriptor, content)
        finally:
            os.close(descriptor)


def _remove(path: Path) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            shutil.rmtree(path)
        except OSError as error:
            if not os.path.lexists(path):  # the watcher was faster
                return
            if attempt == _ATTEMPTS - 1:
                raise FailedError(
                    f"plaintext cannot be removed: {error.strerror}",
                    hint="remove this folder",
                    path=shown(str(path)),
                ) from None
        else:
            return
