"""Contents of small files in one buffer, as many as fit."""

from __future__ import annotations

import os

#: Of the buffer.
_SIZE = 1 << 20

#: The largest file that is read so, in bytes.
MOST = 1 << 18

#: Stands between two contents: no trigger reaches over a brace and a line break.
_FENCE = b"\n}\n"


class SmallFiles:
    """Files that were read, one behind the other.

    Attributes:
        view: of the buffer.
        paths: of the files.
        places: where in the buffer each is: start and end.
    """

    def __init__(self) -> None:
        self.view = memoryview(bytearray(_SIZE))
        self.paths: list[str] = []
        self.places: list[tuple[int, int]] = []
        self._end = 0
        self.clear()

    def clear(self) -> None:
        """Forget what was read."""
        self.paths, self.places = [], []
        self._end = self._write_fence(0)

    def has_room_for(self, size: int) -> bool:
        """Whether a file of a size can be read."""
        return self._end + size + len(_FENCE) < _SIZE

    def read(self, path: str, descriptor: int, size: int) -> int | None:
        """Read a file to its end.

        Args:
            path: of the file.
            descriptor: of the file, at its beginning.
            size: that it is said to have, in bytes.

        Returns:
            Its size; None where it is larger than there is room, and was not read.

        Raises:
            OSError: it cannot be read.
        """
        start = end = self._end
        room = self.view[: _SIZE - len(_FENCE)]
        while number := os.readv(descriptor, [room[end:]]):
            end += number
            if end - start == size:  # as most are: nobody needs to be asked whether that was all
                break
            if end == len(room):
                os.lseek(descriptor, 0, os.SEEK_SET)
                return None
        self.paths.append(path)
        self.places.append((start, end))
        self._end = self._write_fence(end)
        return end - start

    def _write_fence(self, start: int) -> int:
        end = start + len(_FENCE)
        self.view[start:end] = _FENCE
        return end
