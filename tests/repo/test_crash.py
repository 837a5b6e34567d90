"""A change that is killed at any of its steps leaves the old files or the new ones, after one recovery."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo.recovery import recover
from sopskit.repo.staging import stage
from sopskit.repo.targets import Target
from sopskit.repo.transaction import Transaction
from tests.killing import dies_at
from tests.repo.trees import HARD_NAMES, Tree, change, leftovers, plain, tree, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.repo.discovery import Repository

OLD = b"old content\n"
NEW = b"new content, longer than the old one\n"


def build(root: Path, names: tuple[str, ...]) -> Repository:
    for name in names:
        write(root, name, OLD, 0o640)
    write(root, "run.sh", OLD, 0o755)
    write(root, "left alone.yaml", OLD)
    return plain(root)


def change_all(repository: Repository, names: tuple[str, ...]) -> None:
    """Change every file but one, which is planned and not staged, and make a new one in a new folder."""
    targets = [Target.replacing(repository.read(name)) for name in (*names, "run.sh", "left alone.yaml")]
    targets.append(Target.new("made/here/.sops.yaml", 0o600))
    with Transaction(repository) as transaction:
        for draft in transaction.plan(targets):
            if draft.target != "left alone.yaml":
                stage(draft, NEW)
        transaction.commit()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where that can be had: which steps come in what order is the same there, and much faster."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else tmp_path) as place:
        yield Path(place, "repository")


def outcomes(folder: Path, names: tuple[str, ...]) -> tuple[Tree, Tree]:
    """The two trees that are right: all old, all new."""
    repository = build(folder, names)
    old = tree(folder)
    change_all(repository, names)
    new = tree(folder)
    shutil.rmtree(folder)
    changed = {path for path in new if path not in old or new[path] != old[path]}
    assert changed == {*names, "run.sh", "made", "made/here", "made/here/.sops.yaml"}
    assert old["run.sh"] == (OLD, 0o755)
    assert new["run.sh"] == (NEW, 0o755)
    return old, new


def test_killed_at_every_step(folder: Path) -> None:
    right = outcomes(folder, HARD_NAMES)
    seen = []
    for step in itertools.count(1):
        repository = build(folder, HARD_NAMES)
        if not dies_at(step, lambda: change_all(repository, HARD_NAMES)):  # noqa: B023 - called at once
            break
        recover(repository)
        seen.append(right.index(tree(folder)))
        assert leftovers(repository) == []
        shutil.rmtree(folder)
    assert len(seen) > 50
    assert seen == sorted(seen), "once the new files count, a later crash must not bring the old ones back"
    assert set(seen) == {0, 1}


def test_recovery_killed_at_every_step(folder: Path) -> None:
    right = outcomes(folder, ())
    crashed = folder.with_name("crashed")
    recoveries = 0
    for step in itertools.count(1):
        repository = build(crashed, ())
        if not dies_at(step, lambda: change_all(repository, ())):  # noqa: B023 - called at once
            break
        for again in itertools.count(1):
            shutil.copytree(crashed, folder)
            repository = plain(folder)
            killed = dies_at(again, lambda: recover(repository))  # noqa: B023
            recover(repository)
            assert tree(folder) in right
            assert leftovers(repository) == []
            shutil.rmtree(folder)
            if not killed:
                break
            recoveries += 1
        shutil.rmtree(crashed)
    assert recoveries > 300


def test_the_next_transaction_recovers_first(folder: Path) -> None:
    right = outcomes(folder, ("a.yaml",))
    for step in itertools.count(1):
        repository = build(folder, ("a.yaml",))
        if not dies_at(step, lambda: change_all(repository, ("a.yaml",))):  # noqa: B023
            break
        with Transaction(repository):
            assert not (repository.state_dir / "sopskit.journal").exists()
            assert tree(folder) in right
        shutil.rmtree(folder)


def edited_after_the_crash(folder: Path) -> Repository:
    """A change killed between its two renames, and an edit of the file that was still old."""
    for step in itertools.count(1):
        repository = build(folder, ("a.yaml", "b.yaml"))
        assert dies_at(step, lambda: change_all(repository, ("a.yaml", "b.yaml")))  # noqa: B023
        if (folder / "a.yaml").read_bytes() == NEW:
            assert (folder / "b.yaml").read_bytes() == OLD
            (folder / "b.yaml").write_bytes(b"edited\n")
            return repository
        shutil.rmtree(folder)
    raise AssertionError


def test_an_edit_after_the_crash_is_not_overwritten(folder: Path) -> None:
    repository = edited_after_the_crash(folder)
    before = tree(folder)
    for _ in range(2):
        with pytest.raises(FailedError, match=r"edited since: b\.yaml") as caught:
            recover(repository)
        assert tree(folder) == before
    hint = caught.value.hint or ""
    temporary = hint.split()[1]
    (folder / temporary).unlink()  # as the hint says, to keep the edit
    recover(repository)
    assert (folder / "b.yaml").read_bytes() == b"edited\n"
    assert (folder / "run.sh").read_bytes() == NEW
    assert leftovers(repository) == []


def test_an_edit_taken_back_lets_the_change_finish(folder: Path) -> None:
    repository = edited_after_the_crash(folder)
    (folder / "b.yaml").write_bytes(OLD)
    recover(repository)
    assert (folder / "b.yaml").read_bytes() == NEW
    assert leftovers(repository) == []


def change_one(arguments: list[str]) -> int:
    """What the script below calls."""
    change(plain(Path(arguments[0])), {"a.yaml": NEW})
    return 3


def test_the_script_kills_or_returns(folder: Path) -> None:
    build(folder, ("a.yaml",))
    script = [sys.executable, "-m", "tests.killing"]
    call = ["--", "tests.repo.test_crash:change_one", str(folder)]
    top = Path(__file__).parents[2]
    assert subprocess.run([*script, "8", *call], cwd=top, check=False).returncode == -9
    assert subprocess.run([*script, "999", *call], cwd=top, check=False).returncode == 3
    assert (folder / "a.yaml").read_bytes() == NEW
