"""Doing one thing to many files, in several processes when there are enough of them.

Workers are forked, so that identities reach them through memory: never through a file, an argument
or a pipe. Where fork is not to be had, the work is done in this process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from typing import TYPE_CHECKING, Any, TypeVar

from sopskit.errors import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Below this a pool costs more than it saves: forking and collecting takes about 30 ms.
_WORTH_A_POOL = 100
_CHUNK = 32

#: What forked workers work on: they inherit it, and are sent indexes only.
_work: tuple[Callable[[Any], Any], Sequence[Any]] | None = None


def map_files(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order.

    Args:
        function: called in a worker; it and the items are inherited, only results are sent back.
        items: what to work on.
        jobs: number of processes; None for one a core.

    Raises:
        FailedError: a worker was killed.
    """
    workers = min(jobs or _cores(), -(-len(items) // _CHUNK))
    if workers < 2 or len(items) < _WORTH_A_POOL or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(function, items)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    global _work  # noqa: PLW0603 - the one way to hand a forked worker what it must not be sent
    _work = (function, items)
    gc.freeze()  # else the first collection in each worker copies every page it inherited
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_ignore_interrupt)
    try:
        yield from pool.map(_call, range(len(items)), chunksize=_CHUNK)
    except BrokenProcessPool:
        raise FailedError("a worker process was killed", hint="--jobs 1 works without them") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        gc.unfreeze()
        _work = None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ignore_interrupt() -> None:
    # Ctrl-C reaches the whole group; the parent decides. Unlike SIG_IGN, a handler is not inherited by
    # the programs that a worker starts, so that a waiting gpg or sops ends at once.
    signal.signal(signal.SIGINT, lambda _number, _frame: None)


def _call(index: int) -> Any:
    assert _work is not None  # noqa: S101 - workers are only forked with it set
    function, items = _work
    return function(items[index])
