"""Making files durable, with `syncfs` and where there is none."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from sopskit.repo import durability
from tests.repo.trees import change, leftovers, plain, tree, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has syncfs")
def test_syncfs_works_and_tells_of_failure(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    assert durability.syncfs(descriptor)
    os.close(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        durability.syncfs(descriptor)


def test_a_system_without_syncfs_gets_an_fsync_for_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = durability.fsync_path

    def noted(path: Path | str) -> None:
        synced.append(str(path))
        real(path)

    monkeypatch.setattr(durability, "syncfs", lambda _: False)
    monkeypatch.setattr(durability, "fsync_path", noted)
    names = [f"{number}.yaml" for number in range(20)]
    for name in names:
        write(tmp_path, name, b"old")
    change(plain(tmp_path), dict.fromkeys(names, b"new"))
    assert {content.data for content in tree(tmp_path).values() if content} == {b"new"}
    assert leftovers(plain(tmp_path)) == []
    files = [path for path in synced if ".sopskit-" in path]
    assert len(files) == 20
    assert synced.index(str(tmp_path)) > synced.index(files[-1]), "the names after what they name"
