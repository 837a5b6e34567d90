"""The history as it is kept for as long as no ref moves: the same as one that is read anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.inventory import history_facts, history_reading
from sopskit.inventory.history_kept import FILE_NAME, kept
from sopskit.inventory.history_reading import read_history, remembered_clear_versions
from sopskit.repo.discovery import Repository
from sopskit.repo.remembered import recall
from tests.inventory.exposure_model import World
from tests.inventory.test_history import git

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.inventory.history import History


def as_data(history: History) -> dict[str, Any]:
    """All of a history, but for the time of the work tree."""
    return {
        **history._asdict(),
        "points": [*history.points[:-1], history.points[-1].id],
        "versions": [(*version[:-1], version.facts) for version in history.versions],
        "data_keys": [(key.values, list(key.openers)) for key in history.data_keys],
    }


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three files, a file that was plaintext, another data key, and a host that left."""
    made = World(tmp_path / "world", 1)
    for path in ("s/one.yaml", "s/two.yaml", "s/three.yaml"):
        made.new(path)
    made.commit()
    made.decrypt("s/one.yaml")
    made.leave("cedar")
    made.rotate("s/two.yaml")
    made.commit()
    made.anew("s/one.yaml")
    made.move("s/two.yaml", "s/four.yaml")
    made.commit()
    made.write()
    return made


def _read(world: World) -> dict[str, Any]:
    return as_data(read_history(Repository.open(world.root), map))


def _read_anew(world: World) -> dict[str, Any]:
    """Without what is kept, which stays."""
    path = world.root / ".git" / FILE_NAME
    content = path.read_bytes()
    path.unlink()
    found = _read(world)
    path.write_bytes(content)
    return found


def _is_kept(world: World) -> bool:
    return remembered_clear_versions(Repository.open(world.root)) is not None


def test_kept_until_a_ref_moves(world: World) -> None:
    first = _read(world)
    assert _is_kept(world)
    assert _read(world) == first
    git(world.root, "checkout", "--quiet", "--detach", "HEAD~1")
    assert not _is_kept(world)
    assert _read(world)["present"].keys() != first["present"].keys()
    git(world.root, "checkout", "--quiet", "main")
    assert not _is_kept(world)
    assert _read(world) == first


def test_a_branch_that_came_and_one_that_went(world: World) -> None:
    first = _read(world)
    git(world.root, "checkout", "--quiet", "-b", "other")
    (world.root / "s/three.yaml").write_text("k0: in clear\n")
    git(world.root, "commit", "--quiet", "--all", "--message", "other")
    git(world.root, "checkout", "--quiet", "main")
    second = _read(world)
    assert len(second["versions"]) == len(first["versions"]) + 1
    git(world.root, "branch", "--quiet", "--delete", "--force", "other")
    assert _read(world) == first


@pytest.mark.parametrize(
    ("path", "content", "serves"),
    [
        ("readme.txt", "nothing\n", True),
        ("s/new.yaml", "k0: in clear\n", True),  # it never was encrypted
        ("s/three.yaml", "k0: in clear\n", False),
        ("s/three.yaml", None, False),
        ("s/one.yaml", "", False),
        (".sops.yaml", "creation_rules: []\n", False),
        ("s/copy.yaml", "s/three.yaml", False),
    ],
)
def test_what_the_work_tree_adds_is_seen(
    world: World, path: str, content: str | None, *, serves: bool
) -> None:
    first = _read(world)
    file = world.root / path
    if content is None:
        file.unlink()
    else:
        copied = world.root / content if content.endswith(".yaml") else None
        file.write_text(copied.read_text() if copied else content)
    found = _read(world)
    assert found == _read_anew(world)
    if serves:
        assert found == first
    else:
        assert found["points"][-1] is None
        assert (found["versions"], found["present"], found["names"]) != (
            first["versions"],
            first["present"],
            first["names"],
        )
    git(world.root, "stash", "--quiet", "--include-untracked")
    git(world.root, "stash", "drop", "--quiet")
    assert _read(world) == first


def test_the_facts_that_it_refers_to_may_be_gone(world: World) -> None:
    first = _read(world)
    (world.root / ".git/sopskit.history").unlink()
    second = _read(world)
    assert second["present"] == first["present"]
    assert [version[:-1] for version in second["versions"]] == [version[:-1] for version in first["versions"]]


def test_every_content_that_is_cut_off_is_refused(world: World) -> None:
    repository = Repository.open(world.root)
    first = read_history(repository, map)
    salt = recall(repository.state_dir, history_reading.FILE_NAME, history_facts.VERSION).salt
    known = kept(repository)
    entries = known.file.entries
    whole = dict(entries)
    assert known.history(salt, first.versions[0].facts_of, 0) is not None
    for size in range(0, max(map(len, whole.values())), 7):
        entries.update((key, content[:size]) for key, content in whole.items() if size < len(content))
        assert known.history(salt, first.versions[0].facts_of, 0) is None
        assert size >= min(map(len, whole.values())) or known.clear_versions() is None


def test_a_shallow_clone_is_not_kept(world: World, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{world.root}", str(clone))
    repository = Repository.open(clone)
    assert read_history(repository, map).is_cut
    assert not (clone / ".git" / FILE_NAME).exists()
    git(clone, "fetch", "--quiet", "--unshallow")
    assert not read_history(repository, map).is_cut
    assert remembered_clear_versions(repository) is not None


def test_names_that_are_no_text(world: World) -> None:
    name = world.root / os.fsdecode(b"s/caf\xe9\n.yaml")
    name.write_bytes((world.root / "s/three.yaml").read_bytes())
    git(world.root, "add", "--all")
    git(world.root, "commit", "--quiet", "--message", "copied")
    first = _read(world)
    assert "s/caf\udce9\n.yaml" in first["present"]
    assert _is_kept(world)
    assert _read(world) == first


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", ".")
    repository = Repository.open(tmp_path)
    first = as_data(read_history(repository, map))
    assert remembered_clear_versions(repository) is not None
    assert as_data(read_history(repository, map)) == first


def test_the_id_of_plaintext_that_is_in_no_commit_is_not_written_down(world: World) -> None:
    path = world.root / "s/new.yaml"
    path.write_text("pin: 1234\n")
    other = world.root / "s/three.yaml"
    other.write_text("pin: 5678\n")
    (world.root / "s/copy.yaml").write_bytes((world.root / "s/one.yaml").read_bytes() + b"\n")
    _read(world)
    remembered = (world.root / ".git/sopskit.history").read_bytes()
    assert git(world.root, "hash-object", "s/copy.yaml").encode() in remembered
    for file in (path, other):
        assert git(world.root, "hash-object", str(file)).encode() not in remembered
    assert not (world.root / ".git" / FILE_NAME).exists()
