"""The history as git tells it: what every commit changed, renames, and what is remembered of it."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.inventory.history import committed_in_clear
from sopskit.inventory.history_reading import FILE_NAME, read_history
from sopskit.repo import git_history
from sopskit.repo.discovery import Repository
from sopskit.repo.remembered import recall
from tests.inventory.exposure_model import World

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.inventory.history import History


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "--initial-branch=main")
    return Repository.open(root)


def git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(repository: Repository, **files: str | None) -> str:
    for name, content in files.items():
        path = repository.root / name
        if content is None:
            path.unlink()
        else:
            path.write_text(content)
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "-qm", "x", "--allow-empty")
    return git(repository.root, "rev-parse", "HEAD")


def history(repository: Repository) -> History:
    return read_history(repository, map)


def changes(repository: Repository) -> list[tuple[str, list[tuple[str, bool, bool]]]]:
    """Of each commit its id and paths, and whether each was there before and is there now."""
    return [
        (each.id, [(c.path, bool(c.before), bool(c.blob)) for c in each.changes])
        for each in git_history.read_commits(repository)
    ]


def test_commits_of_all_refs_parents_first(repository: Repository) -> None:
    first = commit(repository, a="1")
    second = commit(repository, a="2", b="1")
    third = commit(repository, b=None)
    git(repository.root, "switch", "-q", "-c", "side", first)
    side = commit(repository, c="1")
    git(repository.root, "switch", "-q", "--detach", "main")
    git(repository.root, "merge", "-q", "--no-edit", "side")
    merge = git(repository.root, "rev-parse", "HEAD")
    found = changes(repository)
    assert dict(found) == {
        first: [("a", False, True)],
        second: [("a", True, True), ("b", False, True)],
        third: [("b", True, False)],
        side: [("c", False, True)],
        merge: [("c", False, True)],
    }
    order = [identity for identity, _ in found]
    assert order.index(first) < order.index(second) < order.index(third) < order.index(merge)
    assert order.index(side) < order.index(merge)
    new = {
        each.id: [c.path for c in first]
        for each, first in git_history.first_changes(git_history.read_commits(repository))
    }
    assert new[merge] == []


def test_no_configuration_changes_what_is_read(repository: Repository, tmp_path: Path) -> None:
    """A repository may name programs, and switch off what is needed."""
    expected = [(commit(repository, a="1"), [("a", False, True)])]
    mark = tmp_path / "ran"
    for name, value in {
        "log.showRoot": "false",
        "log.showSignature": "true",
        "gpg.program": f"touch {mark}",
        "core.fsmonitor": f"touch {mark}",
        "diff.external": f"touch {mark}",
        "core.pager": f"touch {mark}",
        "color.ui": "always",
        "diff.renames": "copies",
        "diff.relative": "true",
        "log.diffMerges": "off",
        "format.pretty": "%s",
        "log.decorate": "full",
        "diff.orderFile": "a",
    }.items():
        git(repository.root, "config", name, value)
    assert changes(repository) == expected
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", ["\x01begin", ":100644 100644 a b M", "two\nlines", "caf\udce9", 'tab\tquote"']
)
def test_names_that_look_like_something_else(repository: Repository, name: str) -> None:
    commit(repository, **{name: "1"})
    commit(repository, **{name: "2", "z": "1"})
    assert [paths for _, paths in changes(repository)] == [
        [(name, False, True)],
        sorted([(name, True, True), ("z", False, True)]),
    ]


def test_a_damaged_repository_is_no_short_history(repository: Repository) -> None:
    first = commit(repository, a="1")
    commit(repository, a="2")
    (repository.root / ".git/objects" / first[:2] / first[2:]).unlink()
    with pytest.raises(FailedError, match="git could not read the history"):
        list(git_history.read_commits(repository))


def world(tmp_path: Path) -> World:
    return World(tmp_path / "world", 1)


def test_plaintext_before_it_was_encrypted_is_found_under_its_old_name_too(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.new("s/one.yaml")
    made.decrypt("s/one.yaml")
    made.commit()
    made.move("s/one.yaml", "s/two.yaml")
    made.commit()
    made.anew("s/two.yaml")
    made.commit()
    made.new("s/other.yaml")
    made.commit()
    made.write()
    found = committed_in_clear(history(Repository.open(made.root))).found
    log = git(made.root, "log", "--format=%H", "--reverse").splitlines()
    assert {path: [(clear.path, clear.commit) for clear in versions] for path, versions in found.items()} == {
        "s/two.yaml": [("s/one.yaml", log[1]), ("s/two.yaml", log[2])]
    }


def test_sha256_repositories(tmp_path: Path) -> None:
    root = tmp_path / "sha256"
    root.mkdir()
    git(root, "init", "-q", "--object-format=sha256")
    repository = Repository.open(root)
    commit(repository, a="1")
    assert history(repository).versions == ()
    (change,) = next(git_history.read_commits(repository)).changes
    assert len(change.blob) == 64


def test_submodules_and_links_are_no_versions(repository: Repository, tmp_path: Path) -> None:
    made = world(tmp_path)
    made.new("s/one.yaml")
    made.commit()
    made.write()
    git(
        repository.root,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(made.root),
        "sub",
    )
    (repository.root / "link.yaml").symlink_to("sub/s/one.yaml")
    commit(repository)
    found = history(repository)
    assert (found.versions, found.present, found.missing) == ((), {}, ())


def test_several_processes_remember_together(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    recall(folder, FILE_NAME, 1).add({b"first": b"0"})
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_remember, args=(folder, number)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    entries = recall(folder, FILE_NAME, 1).entries
    assert len(entries) == 1 + 4 * 50


def _remember(folder: Path, number: int) -> None:
    remembered = recall(folder, FILE_NAME, 1)
    for each in range(50):
        remembered.add({f"{number}-{each}".encode(): os.urandom(300)})


def test_nothing_is_kept_outside_git(tmp_path: Path) -> None:
    remembered = recall(tmp_path / ".sopskit", FILE_NAME, 1)
    remembered.add({b"key": b"entry"})
    assert remembered.entries == {b"key": b"entry"}
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]


@pytest.mark.parametrize("cut", [0, 1, 40, 60, 100])
def test_what_was_cut_off_anywhere_is_begun_anew(tmp_path: Path, cut: int) -> None:
    first = recall(tmp_path, FILE_NAME, 1)
    first.add({b"one": b"x" * 40, b"two": b"y" * 40})
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:-1][: cut or None])
    again = recall(tmp_path, FILE_NAME, 1)
    assert again.entries == {}
    assert again.salt != first.salt
    again.add({b"three": b"z"})
    assert recall(tmp_path, FILE_NAME, 1).entries == {b"three": b"z"}
