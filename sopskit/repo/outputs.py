"""Writing a result where the user wants it, whole or not at all.

Unlike a transaction's files these may lie anywhere. They have no name before they are whole, so that a
crash leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.repo.durability import fsync_path, write_all
from sopskit.repo.failures import write_failed
from sopskit.repo.names import temporary
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def write_outputs(outputs: Sequence[tuple[str, bytes]], *, private: bool) -> None:
    """Write files, and the folders above them where they are missing.

    Where one fails, those that were new are taken away again.

    Args:
        outputs: path and content of each. A pipe or a device (`/dev/stdout`) is written to.
        private: nobody else may read them: mode 0600, new folders 0700.

    Raises:
        FailedError: a file cannot be written, or a link or a folder stands there.
    """
    made: list[str] = []
    folders: dict[Path, str] = {}  # and a file in each
    try:
        for path, content in outputs:
            is_new = not os.path.lexists(path)
            if not _write(path, content, private=private):
                continue
            if is_new:
                made.append(path)
            folders[Path(path).parent] = path
        for folder, path in folders.items():
            _sync(folder, path)
    except BaseException:  # Ctrl-C as well
        for path in made:
            with contextlib.suppress(OSError):
                Path(path).unlink()
        raise


def _write(path: str, content: bytes, *, private: bool) -> bool:
    """Write one file; whether there is one then, not a pipe or a device."""
    try:
        if _is_stream(path):
            with Path(path).open("wb", buffering=0) as stream:
                write_all(stream.fileno(), content)
            return False
        folder = Path(path).parent
        folder.mkdir(0o700 if private else 0o777, parents=True, exist_ok=True)
        with _whole_file(folder, path, content, 0o600 if private else 0o666) as (source, descriptor):
            _give_name(source, path, descriptor)
    except OSError as error:
        raise write_failed(error, path) from None
    return True


def _sync(folder: Path, path: str) -> None:
    """Make the names in a folder durable."""
    try:
        fsync_path(folder.resolve())
    except OSError as error:
        raise write_failed(error, path) from None


def _is_stream(path: str) -> bool:
    """Whether a pipe or a device is there.

    Raises:
        FailedError: something is there that is not replaced.
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - /dev/stdout is a link
    except FileNotFoundError:
        mode = 0
    except ValueError:
        raise FailedError("a file's name cannot hold a NUL", path=shown(path)) from None
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
        return True
    if stat.S_ISDIR(mode):
        raise FailedError("is a folder", path=shown(path))
    if Path(path).is_symlink():
        raise FailedError("is a symbolic link", hint="name the file that it leads to", path=shown(path))
    return False


@contextlib.contextmanager
def _whole_file(folder: Path, path: str, content: bytes, mode: int) -> Iterator[tuple[str, int]]:
    """A file with the content, on the disk: a path of it that is none in the folder, and its descriptor.

    File systems without such files (NFS, FUSE) get a hidden one, which is removed again.
    """
    flags = os.O_WRONLY | os.O_CLOEXEC
    hidden: str | None = None
    try:
        descriptor = os.open(folder, flags | os.O_TMPFILE, mode)
    except (OSError, AttributeError):
        hidden = _hidden(path)
        descriptor = os.open(hidden, flags | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
        yield hidden or f"/proc/self/fd/{descriptor}", descriptor
    finally:
        os.close(descriptor)
        if hidden is not None:
            Path(hidden).unlink(missing_ok=True)


def _give_name(source: str, path: str, descriptor: int) -> None:
    """Link the file into its place; one that stands there is replaced in one step."""

    def link(name: str) -> None:
        # Python follows a link in /proc only where a descriptor is given (linkat), which is not looked at.
        os.link(source, name, src_dir_fd=descriptor, follow_symlinks=True)

    try:
        link(path)
    except FileExistsError:
        between = _hidden(path)
        link(between)
        try:
            Path(between).replace(path)
        except OSError:
            Path(between).unlink()
            raise


def _hidden(path: str) -> str:
    return temporary(path, secrets.token_hex(8))
