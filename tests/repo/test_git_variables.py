"""Variables with which git tells a hook what the commit is made from: they hold for that repository alone."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from sopskit.errors import FailedError
from sopskit.repo.discovery import Repository
from sopskit.repo.objects import staged_blobs
from tests.scanner.gits import Git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository, the working directory, with `usual` staged, and `special` in an index of its own."""
    git = Git(tmp_path / "repository")
    git.commit({"old": "old\n"})
    monkeypatch.chdir(git.root)
    git.write({"usual": "1\n", "special": "2\n"})
    git("add", "special")
    (git.root / ".git/index").rename(git.root / ".git/next-index.lock")
    git("read-tree", "HEAD")
    git("add", "usual")
    return git


def staged(root: Path) -> list[str]:
    return [each.path for each in staged_blobs(Repository.open(root))]


@pytest.mark.parametrize("is_absolute", [True, False])
def test_the_index_of_a_hook_is_read(git: Git, monkeypatch: pytest.MonkeyPatch, is_absolute: bool) -> None:
    assert staged(git.root) == ["usual"]
    prefix = f"{git.root}/" if is_absolute else ""
    monkeypatch.setenv("GIT_INDEX_FILE", f"{prefix}.git/next-index.lock")
    assert staged(git.root) == ["special"]


def test_it_is_read_below_the_root_too(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative one is meant from the root, as git does."""
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index.lock")
    (git.root / "folder").mkdir()
    monkeypatch.chdir(git.root / "folder")
    assert staged(git.root / "folder") == ["special"]


def test_the_index_of_another_repository_is_not_read(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Git(tmp_path / "other")
    other.commit({"old": "other\n"})
    other.write({"theirs": "3\n"})
    other("add", "theirs")
    monkeypatch.setenv("GIT_INDEX_FILE", str(git.root / ".git/next-index.lock"))
    assert staged(other.root) == ["theirs"]
    monkeypatch.setenv("GIT_DIR", str(git.root / ".git"))
    assert staged(other.root) == ["theirs"]
    assert staged(git.root) == ["special"]


def test_a_folder_that_is_entered_by_an_option_has_its_own_index(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Git(tmp_path / "other")
    other.commit({".sops.yaml": "creation_rules:\n  - path_regex: \\.yaml$\n"})
    other.write({"theirs.yaml": "a: 1\n"})
    other("add", "theirs.yaml")
    monkeypatch.setenv("GIT_INDEX_FILE", str(git.root / ".git/next-index.lock"))
    for name in ("GIT_DIR", "GIT_WORK_TREE"):  # which the command sets: gone behind the test
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert main(["-C", str(other.root), "check", "--staged"]) == 1
    assert "theirs.yaml" in capsys.readouterr().out


def test_checking_reads_the_index_of_a_hook(
    git: Git, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", str(git.root / ".git/third"))
    git("read-tree", "HEAD")
    git.write({".sops.yaml": "creation_rules:\n  - path_regex: \\.yaml$\n", "in_clear.yaml": "a: 1\n"})
    git("add", ".sops.yaml", "in_clear.yaml")
    assert main(["check", "--staged"]) == 1
    assert "in_clear.yaml" in capsys.readouterr().out
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert main(["check", "--staged"]) != 1


@pytest.mark.parametrize("is_within_another", [False, True])
def test_a_work_tree_without_a_git_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_within_another: bool
) -> None:
    """As people keep the files of their home: `git --git-dir=DIR --work-tree=DIR`."""
    if is_within_another:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git = Git(tmp_path / "person")
    git.commit({"old": "old\n"})
    git.write({"folder/new": "new\n"})
    git("add", "-A")
    (git.root / ".git").rename(tmp_path / "apart")
    inner = Git(git.root / "inner")
    monkeypatch.chdir(git.root)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "apart"))
    monkeypatch.setenv("GIT_WORK_TREE", ".")
    assert staged(git.root) == ["folder/new"]
    assert Repository.open(git.root / "folder").root == git.root
    assert Repository.open(inner.root).root == inner.root
    plain = tmp_path / "plain"
    plain.mkdir()
    assert Repository.open(plain).in_git == is_within_another


def test_an_index_that_cannot_be_read_is_an_error(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    (git.root / "broken").write_bytes(b"DIRC broken")
    monkeypatch.setenv("GIT_INDEX_FILE", str(git.root / "broken"))
    with pytest.raises(FailedError):
        staged(git.root)
    assert main(["scan", "--staged"]) == 6
