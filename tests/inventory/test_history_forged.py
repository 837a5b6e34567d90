"""What is remembered of contents, written by someone else: found out again, or never believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.inventory import history_facts
from sopskit.inventory.history_reading import FILE_NAME, read_history
from sopskit.repo.discovery import Repository
from sopskit.repo.remembered import recall
from tests.inventory.exposure_model import World
from tests.inventory.test_history import git
from tests.inventory.test_history_kept import as_data

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.repo.remembered import Remembered


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Two files, of which one is in no commit."""
    made = World(tmp_path / "world", 1)
    made.new("s/one.yaml")
    made.new("s/two.yaml")
    made.commit()
    made.rotate("s/two.yaml")
    made.commit()
    made.write()
    (made.root / "s/two.yaml").write_bytes((made.root / "s/one.yaml").read_bytes() + b"\n")
    return Repository.open(made.root)


def _remembered(repository: Repository) -> Remembered:
    return recall(repository.state_dir, FILE_NAME, history_facts.VERSION)


@pytest.mark.parametrize(
    "forged",
    [
        b'[[["age",5]]]',
        b'[[["age"]]]',
        b'[[[["age"],"x"]]]',
        b"5",
        b"[1]",
        b"[null,{}]",
        b"[[[5,null,[]]],[]]",
        b'[[["x",[],[["age",{}]]]],[]]',
        b"\xff",
        b"",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("kept", [True, False])
def test_texts_of_the_wrong_types(repository: Repository, forged: bytes, *, kept: bool) -> None:
    if kept:  # the history as it was put together is there, and only the facts that it refers to are not
        git(repository.root, "checkout", "--quiet", ".")
    first = as_data(read_history(repository, map))
    entries = _remembered(repository).entries
    texts = [key for key in entries if len(key) == 8]
    assert texts
    if not kept:
        (repository.state_dir / "sopskit.refs").unlink(missing_ok=True)
    _remembered(repository).add(dict.fromkeys(texts, forged))
    assert as_data(read_history(repository, map)) == first
    assert _remembered(repository).entries == entries


@pytest.mark.parametrize("forged", [b"", b"\x07", b"\x00", b"\x03nothing!", b"\x00" + b"\xff" * 34])
def test_entries_that_make_no_sense(repository: Repository, forged: bytes) -> None:
    first = as_data(read_history(repository, map))
    entries = _remembered(repository).entries
    (repository.state_dir / "sopskit.refs").unlink(missing_ok=True)
    _remembered(repository).add(dict.fromkeys((key for key in entries if len(key) > 8), forged))
    assert as_data(read_history(repository, map)) == first
    assert _remembered(repository).entries == entries


def test_a_replaced_content_is_not_remembered_in_place_of_the_true_one(repository: Repository) -> None:
    blob = git(repository.root, "rev-parse", "HEAD:s/one.yaml")
    path = repository.root / "plain"
    path.write_text("plain: text\n")
    git(repository.root, "replace", blob, git(repository.root, "hash-object", "-w", "plain"))
    path.unlink()
    first = as_data(read_history(repository, map))
    git(repository.root, "replace", "--delete", blob)
    assert as_data(read_history(repository, map)) == first
    assert "s/one.yaml" in first["present"]
