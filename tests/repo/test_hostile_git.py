"""Histories that nobody makes by accident, and local state of git that shows another one; git is real."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError
from sopskit.repo import git as asked
from sopskit.repo import git_history, trees
from sopskit.repo.blobs import Blobs
from tests.repo.trees import git, git_init, write

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.repo.discovery import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit, of one file."""
    found = git_init(tmp_path / "r")
    commit(found, "a.yaml", b"one\n")
    return found


def commit(repository: Repository, path: str, content: bytes) -> str:
    write(repository.root, path, content)
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "--message=x")
    return git(repository.root, "rev-parse", "HEAD").strip()


def _stored(repository: Repository, content: bytes, *arguments: str) -> str:
    """Give bytes to git; the id that it prints."""
    done = subprocess.run(
        ["git", *arguments], cwd=repository.root, input=content, check=True, capture_output=True
    )
    return done.stdout.decode().strip()


@pytest.mark.parametrize(
    ("committer", "time"),
    [
        (b"", 0),
        (b"committer x <x@x> -5 +0000\n", 0),
        (b"committer x <x@x> abc +0000\n", 0),
        (b"committer x <x@x>\n", 0),
        (b"committer x\0 <x@x> 7 +0000\n", 0),
        (b"committer x <x@x> 18446744073709551614 +0000\n", 0),
        (b"committer x <x@x> 253402300800 +0000\n", 0),
        (b"committer x <x@x> 253402300799 +0000\n", 253_402_300_799),
        (b"committer x <x@x> 7 +0000\n", 7),
    ],
)
def test_a_commit_whose_time_makes_no_sense(repository: Repository, committer: bytes, time: int) -> None:
    first = git(repository.root, "rev-parse", "HEAD").strip()
    tree = git(repository.root, "rev-parse", "HEAD^{tree}").strip()
    content = f"tree {tree}\nparent {first}\nauthor x <x@x> 1 +0000\n".encode() + committer + b"\nx\n"
    made = _stored(repository, content, "hash-object", "-t", "commit", "--literally", "-w", "--stdin")
    git(repository.root, "update-ref", "refs/heads/evil", made)
    found = {each.id: each for each in git_history.read_commits(repository)}
    assert found.keys() == {first, made}
    assert (found[made].time, found[made].parents) == (time, (first,))


def test_a_path_that_looks_like_an_answer_is_missing_all_the_same(repository: Repository) -> None:
    made = git(repository.root, "rev-parse", "HEAD").strip()
    blob = git(repository.root, "rev-parse", "HEAD:a.yaml").strip()
    paths = [
        "s/é blob x.yaml",
        "x blob 4",
        os.fsdecode(b"\xff blob 4"),
        "../a.yaml",
        "s/../../a.yaml",
        "a.yaml",
    ]
    assert list(git_history.blobs_at(repository, [(made, path) for path in paths])) == [*[""] * 5, blob]


def test_a_path_with_blob_in_it_that_is_there(repository: Repository) -> None:
    made = commit(repository, "s/é blob x.yaml", b"two\n")
    (blob,) = git_history.blobs_at(repository, [(made, "s/é blob x.yaml")])
    assert Blobs(repository.root).read(blob) == b"two\n"


@pytest.mark.parametrize("how", ["replace", "graft"])
def test_no_commit_is_hidden_by_local_state(repository: Repository, how: str) -> None:
    second = commit(repository, "a.yaml", b"two\n")
    third = commit(repository, "a.yaml", b"three\n")
    if how == "graft":
        (repository.root / ".git/info").mkdir(exist_ok=True)
        (repository.root / ".git/info/grafts").write_text(f"{third}\n")
    else:
        git(repository.root, "replace", "--graft", third)
    # `git replace` made a commit and a ref to it, which is one more beginning.
    commits = {each.id: each for each in git_history.read_commits(repository)}
    assert commits[third].parents == (second,)
    assert second in commits
    assert asked.commit_id(repository.root, "HEAD~1") == second
    assert asked.merge_base(repository.root, third, second) == second


def test_no_content_is_replaced(repository: Repository) -> None:
    blob = git(repository.root, "rev-parse", "HEAD:a.yaml").strip()
    other = _stored(repository, b"other\n", "hash-object", "-w", "--stdin")
    git(repository.root, "replace", blob, other)
    assert Blobs(repository.root).read(blob) == b"one\n"
    assert trees.commit_tree(repository, "HEAD").read("a.yaml").content == b"one\n"


def _bomb(repository: Repository, levels: int) -> str:
    """A commit of ten to the power of `levels` files, which takes `levels` small objects."""
    kind, mode = "blob", "100644"
    made = _stored(repository, b"x\n", "hash-object", "-w", "--stdin")
    for _ in range(levels):
        listed = "".join(f"{mode} {kind} {made}\t{number}\n" for number in range(10))
        made, kind, mode = _stored(repository, listed.encode(), "mktree"), "tree", "040000"
    made = git(repository.root, "commit-tree", "-m", "x", made).strip()
    git(repository.root, "update-ref", "refs/remotes/origin/evil", made)
    return made


# The limits are lower here than they are, and so is what has to be refused.


def test_a_few_objects_that_stand_for_millions_of_files(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _bomb(repository, 4)
    assert len(trees.commit_tree(repository, made).entries) == 10_000
    assert sum(len(each.changes) for each in git_history.read_commits(repository)) == 10_001
    monkeypatch.setattr(trees, "_MOST_FILES", 9_999)
    with pytest.raises(FailedError, match=f"the commit {made[:12]} has more than 9,999 files"):
        trees.commit_tree(repository, made)
    monkeypatch.setattr(asked, "_LONGEST_OUTPUT", 1 << 20)
    with pytest.raises(FailedError, match="git could not read the history: there is more than 1 MiB of it"):
        list(git_history.read_commits(repository))


def test_git_itself_takes_no_more_memory_than_it_may(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bomb(repository, 5)
    monkeypatch.setattr(asked, "_MEMORY", 16 << 10)
    with pytest.raises(FailedError, match="git could not read the history") as caught:
        list(git_history.read_commits(repository))
    assert "a commit has millions of files" in str(caught.value.hint)
