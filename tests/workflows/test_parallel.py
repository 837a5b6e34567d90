"""Working on many files in several processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from sopskit.errors import BrokenFileError, FailedError
from sopskit.workflows.parallel import map_files

ITEMS = range(1000)


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes forked in a test. Only these: a test run has other children, servers for instance."""
    processes: list[int] = []
    fork = os.fork

    def recorded() -> int:
        process = fork()
        if process:
            processes.append(process)
        return process

    monkeypatch.setattr(os, "fork", recorded)
    return processes


def all_gone(processes: list[int]) -> bool:
    for process in processes:
        with pytest.raises(ChildProcessError):
            os.waitpid(process, os.WNOHANG)
    return len(processes) > 1


def test_results_come_in_order_from_several_processes(forked: list[int]) -> None:
    def work(item: int) -> tuple[int, int]:
        time.sleep(0.0001)  # else one may do all before another is there
        return item, os.getpid()

    results = list(map_files(work, ITEMS, 3))
    assert [item for item, _ in results] == list(ITEMS)
    workers = {process for _, process in results[1:]}
    assert os.getpid() not in workers
    assert 1 < len(workers) <= 3
    assert all_gone(forked)


def test_the_first_is_done_here() -> None:
    """What it imports, and what it asks for, is there for all workers."""
    assert next(iter(map_files(lambda _: os.getpid(), ITEMS, 2))) == os.getpid()


@pytest.mark.parametrize(("items", "jobs"), [(range(50), 4), (ITEMS, 1), (range(0), 4)])
def test_few_files_or_one_job_need_no_process(items: range, jobs: int) -> None:
    assert set(map_files(lambda _: os.getpid(), items, jobs)) <= {os.getpid()}


def test_results_larger_than_a_pipe() -> None:
    sizes = [len(result) for result in map_files(lambda item: bytes(item * 100), ITEMS, 2)]
    assert sizes == [100 * item for item in ITEMS]


def test_more_chunks_than_a_pipe_holds() -> None:
    items = range(600_000)
    assert sum(map_files(lambda item: item, items, 2)) == sum(items)


def test_an_error_of_a_worker_is_raised_here(forked: list[int]) -> None:
    def fail(item: int) -> int:
        if item == 700:
            raise BrokenFileError("is cut off", path="a.yaml", line=7)
        return item

    with pytest.raises(BrokenFileError, match=r"a\.yaml:7: is cut off"):
        list(map_files(fail, ITEMS, 2))
    assert all_gone(forked)


def test_a_killed_worker_is_an_error(forked: list[int]) -> None:
    def die(item: int) -> int:
        if item == 700:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(FailedError, match="a worker process was killed"):
        list(map_files(die, ITEMS, 2))
    assert all_gone(forked)


def test_workers_end_when_nobody_wants_the_rest(forked: list[int]) -> None:
    results = map_files(lambda _: time.sleep(0.001), range(100_000), 2)
    for _ in range(40):
        next(results)
    results.close()  # type: ignore[attr-defined]
    assert all_gone(forked)


def test_ctrl_c_is_the_parents_matter() -> None:
    """The terminal sends it to the workers as well, who go on until the parent has decided."""
    parent = os.getpid()

    def interrupted(item: int) -> int:
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGINT)
        return item

    assert list(map_files(interrupted, ITEMS, 2)) == list(ITEMS)


def test_workers_end_when_the_parent_was_killed() -> None:
    script = (
        "import os, sys, time\n"
        "from sopskit.workflows.parallel import map_files\n"
        "def work(item):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"
        "    time.sleep(0.01)\n"
        "list(map_files(work, range(100_000), 2))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        seen = {int(parent.stdout.readline()) for _ in range(60)}
        parent.kill()
        parent.stdout.read()  # until the last worker has ended
    assert len(seen) == 3
    for process in seen - {parent.pid}:
        _wait_until_gone(process)


def _wait_until_gone(process: int) -> None:
    for _ in range(1000):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail(f"process {process} lives on")
