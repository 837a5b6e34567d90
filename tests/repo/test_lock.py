"""The lock: one writer, who is named, and nobody once that writer is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sopskit.errors import FailedError
from sopskit.repo.lock import RepositoryLock
from tests.repo.trees import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.repo.discovery import Repository

HOLD = """
import os, sys, time
from pathlib import Path
from sopskit.repo.lock import RepositoryLock
from tests.repo.trees import plain
with RepositoryLock(plain(Path(sys.argv[1]))):
    worker = os.fork()
    if worker > 0:
        print(worker, flush=True)
    time.sleep(60)
"""


class Holder(NamedTuple):
    """Another process that holds the lock, and a worker that it has forked."""

    process: subprocess.Popen[bytes]
    worker: int


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    top = Path(__file__).parents[2]
    script = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(script, cwd=top, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline())
        yield Holder(process, worker)
        os.kill(worker, signal.SIGKILL)
        process.kill()


def test_the_holder_is_named_and_its_death_frees_the_lock(tmp_path: Path, holder: Holder) -> None:
    repository = plain(tmp_path)
    with (
        pytest.raises(FailedError, match=rf"process {holder.process.pid}\b") as caught,
        RepositoryLock(repository),
    ):
        pass
    assert caught.value.hint
    holder.process.kill()
    holder.process.wait()
    take_soon(repository)  # a worker gives up its copy when it first runs
    os.kill(holder.worker, 0)  # and lives on


def take_soon(repository: Repository) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            with RepositoryLock(repository):
                return
        except FailedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def test_a_worker_that_ends_does_not_free_it(tmp_path: Path) -> None:
    repository = plain(tmp_path)
    with RepositoryLock(repository):
        worker = os.fork()
        if worker == 0:
            os._exit(0)
        os.waitpid(worker, 0)
        with pytest.raises(FailedError), RepositoryLock(repository):
            pass


def test_a_state_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".sopskit").symlink_to("elsewhere")
    with pytest.raises(FailedError, match="symbolic link"), RepositoryLock(plain(tmp_path)):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".sopskit").mkdir()
    (tmp_path / ".sopskit/sopskit.lock").symlink_to("../precious")
    with pytest.raises(FailedError), RepositoryLock(plain(tmp_path)):
        pass
    assert not (tmp_path / "precious").exists()
