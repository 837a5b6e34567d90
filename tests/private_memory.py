"""A folder in memory for the plaintexts of one test, and what is left in it."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHM = Path("/dev/shm")


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An XDG_RUNTIME_DIR on the system's tmpfs; the test fails where something is left in it."""
    if not SHM.is_dir():
        pytest.skip("no /dev/shm here")
    folder = Path(tempfile.mkdtemp(prefix="runtime-", dir=SHM))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    try:
        yield folder
        assert eventually(lambda: is_empty(folder)), left_in(folder)
    finally:
        shutil.rmtree(folder)


def left_in(folder: Path) -> list[str]:
    """Everything below a folder but folders; a watcher may be removing it meanwhile."""
    return sorted(f"{place}/{name}" for place, _, names in os.walk(folder) for name in names)


def is_empty(folder: Path) -> bool:
    """Whether nothing is in a folder, no folder either."""
    return not any(folder.iterdir())


def eventually(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true: a watcher works beside the test."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
