"""The files that a command is given by name, in a repository or anywhere else, or on its standard input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.repo import snapshot
from sopskit.repo.failures import read_failed
from sopskit.sops.formats import Format, format_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from typing import BinaryIO

STDIN = "-"


class Source(NamedTuple):
    """One file to read.

    Attributes:
        name: as the user wrote it, for messages.
        path: absolute, as rules see it; links in it are not followed.
        format: what it is read as.
        content: its bytes where they are there already, of standard input.
    """

    name: str
    path: str
    format: Format
    content: bytes | None = None

    def read(self) -> bytes:
        """The file's bytes. Links are followed: the user has named them.

        Raises:
            FailedError: missing, no regular file, unreadable, or larger than 256 MiB.
        """
        if self.content is not None:
            return self.content
        try:
            if self.path.startswith(("/dev/fd/", "/proc/self/fd/", "/dev/stdin")):  # of `<(command)`
                with Path(self.path).open("rb") as stream:
                    return read_stream(stream, self.name)
            # Only the last part matters, and few are links: `realpath` looks at every part, from `/` on.
            real = os.path.realpath(self.path) if os.path.islink(self.path) else self.path  # noqa: PTH114
        except (OSError, ValueError, RecursionError) as error:
            if isinstance(error, OSError):
                raise read_failed(error, self.name) from None
            raise FailedError("this is no file name", path=shown(self.name)) from None
        return snapshot.read(real, self.name)[0]


def source(
    name: str, input_type: str | None, override: str | None = None, content: bytes | None = None
) -> Source:
    """The file of that name.

    Args:
        name: relative to the working directory, or `-`.
        input_type: `--input-type`, or None to go by the name's end.
        override: `--filename-override`, the name to go by.
        content: what standard input held.
    """
    path = os.path.abspath(override or name)  # noqa: PTH100 - Path.resolve follows links
    kind = Format(input_type) if input_type else format_of(path)
    return Source("standard input" if content is not None else name, path, kind, content)


def read_stream(stream: BinaryIO, name: str) -> bytes:
    """All that a pipe holds, up to the size of the largest file.

    Args:
        stream: standard input, for one.
        name: what to call it in an error.

    Raises:
        FailedError: it cannot be read, or holds more.
    """
    limit = snapshot.SIZE_LIMIT
    try:
        content = stream.read(limit + 1)
    except OSError as error:
        raise read_failed(error, name) from None
    if len(content) > limit:
        raise FailedError(f"is larger than {limit >> 20} MiB", path=shown(name))
    return content
