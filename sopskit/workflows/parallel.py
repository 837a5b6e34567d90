"""Doing one thing to many files, in several processes when there are enough of them.

Workers are forked, so that identities reach them through memory: never through a file, an argument
or a pipe. Each takes the next chunk of items whenever it is free, and sends the results back through a
pipe of its own. Where fork is not to be had, the work is done in this process.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from sopskit.errors import FailedError
from sopskit.repo.durability import write_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Below this, forking and collecting costs more than it saves.
_WORTH_FORKING = 100
_CHUNK = 16
_MAX_CHUNKS = 8000  # the places of all fit into a pipe
_NUMBER = 8  # bytes of a number in a pipe


def map_files(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    jobs: int | None = None,
    *,
    at_once: int = _CHUNK,
    least: int = _WORTH_FORKING,
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in order.

    Args:
        function: called in a worker; it and the items are inherited, only results are sent back.
        items: what to work on.
        jobs: number of processes; None for one a core.
        at_once: how many items a worker takes.
        least: number of items from which on other processes are worth it.

    Raises:
        FailedError: a worker was killed.
    """
    workers = min(jobs or _cores(), -(-len(items) // at_once))
    if workers < 2 or len(items) < least or not hasattr(os, "fork"):
        yield from map(function, items)
        return
    yield function(items[0])  # here: what it imports, every worker would have to import
    yield from _map_forked(function, items[1:], workers, at_once)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Worker(NamedTuple):
    process: int
    results: int  # the end of its pipe that we read


def _map_forked(
    function: Callable[[Item], Result], items: Sequence[Item], count: int, at_once: int
) -> Iterator[Result]:
    size = max(at_once, -(-len(items) // _MAX_CHUNKS))
    starts = range(0, len(items), size)

    def work(start: int) -> list[Result]:
        return [function(item) for item in items[start : start + size]]

    queue = _queue_of(starts)
    workers: list[_Worker] = []
    gc.freeze()  # else the first collection in each worker copies every page it inherited
    try:
        for _ in range(count):
            workers.append(_fork(work, queue, workers))
        arriving = _arriving(workers)
        early: dict[int, list[Result]] = {}
        for start in starts:
            while start not in early:
                early.update((next(arriving),))
            yield from early.pop(start)
    finally:
        gc.unfreeze()
        _end(workers, queue)


def _queue_of(starts: Sequence[int]) -> int:
    """A pipe of the places where chunks start: whoever reads one does that chunk."""
    reading, writing = os.pipe()
    write_all(writing, b"".join(map(_encoded, starts)))
    os.close(writing)
    return reading


def _fork(work: Callable[[int], object], queue: int, others: Sequence[_Worker]) -> _Worker:
    parent = os.getpid()
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        for inherited in (reading, *(other.results for other in others)):
            os.close(inherited)  # else no worker would notice that nobody reads its results any more
        _run(work, queue, writing, parent)
    os.close(writing)
    return _Worker(process, reading)


def _run(work: Callable[[int], object], queue: int, results: int, parent: int) -> NoReturn:
    """What a worker does. It never returns, since below it stands what its parent was doing."""
    status = 1
    try:
        # Ctrl-C reaches the whole group; the parent decides. Unlike SIG_IGN, a handler is not inherited by
        # the programs that a worker starts, so that a waiting gpg or sops ends at once.
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        while (start := os.read(queue, _NUMBER)) and os.getppid() == parent:
            try:
                answer = work(_decoded(start))
            except Exception as error:  # noqa: BLE001 - the parent raises it
                answer = error
            content = pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)
            write_all(results, start + _encoded(len(content)) + content)
        status = 0
    finally:
        os._exit(status)


def _arriving(workers: list[_Worker]) -> Iterator[tuple[int, Any]]:
    """Where a chunk starts and what came of it, as they come; workers that have ended leave the list."""
    with selectors.DefaultSelector() as selector:
        for worker in workers:
            selector.register(worker.results, selectors.EVENT_READ, worker)
        while True:
            for ready, _ in selector.select():
                answer = _receive(ready.data)
                if answer is not None:
                    yield answer
                    continue
                selector.unregister(ready.data.results)
                workers.remove(ready.data)
                if _end_of(ready.data) != 0:
                    raise FailedError("a worker process was killed", hint="--jobs 1 works without them")


def _receive(worker: _Worker) -> tuple[int, Any] | None:
    """The next chunk that a worker has done; None where it has ended."""
    header = _read(worker.results, 2 * _NUMBER)
    content = _read(worker.results, _decoded(header[_NUMBER:])) if header else b""
    if not content:
        return None
    answer = pickle.loads(content)  # noqa: S301 - what our own process has written
    if isinstance(answer, Exception):
        raise answer
    return _decoded(header[:_NUMBER]), answer


def _end(workers: Sequence[_Worker], queue: int) -> None:
    """Let workers finish the chunk that they have at hand, and take no other."""
    while os.read(queue, 1 << 16):
        pass
    os.close(queue)
    for worker in workers:
        _end_of(worker)


def _end_of(worker: _Worker) -> int:
    """Wait for a worker, and return its exit status, 0 where all went well."""
    os.close(worker.results)  # it can wait for nobody to read them any more
    return os.waitpid(worker.process, 0)[1]


def _read(descriptor: int, size: int) -> bytes:
    """As many bytes as that, or none where the pipe ends before."""
    content = b""
    while len(content) < size:
        more = os.read(descriptor, size - len(content))
        if not more:
            return b""
        content += more
    return content


def _encoded(number: int) -> bytes:
    return number.to_bytes(_NUMBER, "big")


def _decoded(number: bytes) -> int:
    return int.from_bytes(number, "big")
