"""Many calls of the file system at once.

On a disk that discards blocks, and on a network file system, every rename waits, though not for the CPU.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")

_THREADS = 8
_FEW = 64  # take less time than the threads would


def overlapped(function: Callable[[Item], object], items: Sequence[Item]) -> None:
    """Call `function` for each item, in several threads and in no order where there are many.

    Raises:
        OSError: the first that a call raised; calls for later items may have been made.
    """
    if len(items) <= _FEW:
        for item in items:
            function(item)
        return
    errors: list[BaseException] = []

    def work(start: int) -> None:
        try:
            for item in items[start::_THREADS]:
                function(item)
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
