"""So many files that their renames overlap: still all of them or none."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.recovery import recover
from tests.killing import die, dies_at
from tests.repo.trees import change, leftovers, plain, tree, write

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.repo.discovery import Repository

NAMES = [f"{number % 3}/{number}.yaml" for number in range(200)]
OLD = dict.fromkeys(NAMES, b"old\n")
NEW = dict.fromkeys(NAMES, b"new\n")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    for name, content in OLD.items():
        write(tmp_path, name, content)
    return plain(tmp_path)


def contents(repository: Repository) -> dict[str, bytes]:
    return {name: each.data for name, each in tree(repository.root).items() if each is not None}


def test_all_are_renamed(repository: Repository) -> None:
    change(repository, NEW)
    assert contents(repository) == NEW
    assert leftovers(repository) == []


@pytest.mark.parametrize("renamed", [0, 1, 100, 199])
def test_killed_among_the_renames_the_next_command_does_the_rest(
    renamed: int, repository: Repository
) -> None:
    def work() -> None:
        rename, calls = os.rename, itertools.count()
        os.rename = lambda *names: die() if next(calls) >= renamed else rename(*names)
        change(repository, NEW)

    assert dies_at(10_000_000, work)
    recovery = recover(repository)
    assert recovery is not None
    assert len(NAMES) - renamed <= len(recovery.finished) <= len(NAMES)
    assert contents(repository) == NEW
    assert leftovers(repository) == []


def test_a_rename_that_fails_is_an_error_and_the_next_command_does_the_rest(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.rename

    def failing(source: str, target: str) -> None:
        if target.endswith("/77.yaml"):
            raise OSError(5, "Input/output error", target)
        rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", failing)
        with pytest.raises(FailedError, match="disk failed in the middle"):
            change(repository, NEW)
    recovery = recover(repository)
    assert recovery is not None
    assert "2/77.yaml" in recovery.finished
    assert contents(repository) == NEW
