"""Submodules are entered on request alone, and never out of the repository; git's own files decide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE
from tests.scanner.gits import Git, token

if TYPE_CHECKING:
    from pathlib import Path


def add_submodule(git: Git, other: Git, path: str) -> None:
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), path)


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """A repository with the submodule `lib`, which has one of its own."""
    inner, lib = Git(tmp_path / "inner"), Git(tmp_path / "lib")
    inner.commit({"deep.txt": token(3)})
    lib.commit({"a.txt": token(1), ".gitignore": "ignored.txt\n"})
    add_submodule(lib, inner, "inner")
    lib.commit({})
    git = Git(tmp_path / "repository")
    git.commit({"x": "x"})
    add_submodule(git, lib, "lib")
    git.commit({})
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init", "--recursive")
    monkeypatch.chdir(git.root)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    return git


def found(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[list[str], list[str], list[str]]:
    """Paths of findings, paths of what was not read, and notes."""
    capsys.readouterr()
    main(["scan", "--format", "json", *arguments])
    document = json.loads(capsys.readouterr().out)
    names = ("findings", "skipped")
    paths, unread = ([each["path"] for each in document[name]] for name in names)
    return paths, unread, document["notes"]


def test_they_are_read_on_request(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"lib/ignored.txt": token(2), "lib/new.txt": token(4)})
    assert found(capsys) == ([], [], ["1 submodule not read; --submodules reads what is checked out"])
    assert found(capsys, "--submodules") == (["lib/a.txt", "lib/inner/deep.txt", "lib/new.txt"], [], [])


def test_one_that_is_not_checked_out_is_said(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git("submodule", "--quiet", "deinit", "--force", "lib")
    note = "1 submodule not read; --submodules reads what is checked out"
    assert found(capsys, "--submodules") == ([], [], [note])


def test_a_history_says_that_it_has_none_of_theirs(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    (note,) = found(capsys, "--history")[2]
    assert note.startswith("1 submodule not read: each has a history of its own")
    assert main(["scan", "--history", "--submodules"]) == 2


def test_a_nested_repository_is_no_submodule(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    Git(git.root / "nested").commit({"a.txt": token(5)})
    assert "nested/a.txt" not in found(capsys, "--submodules")[0]


def test_a_git_file_that_leads_out(git: Git, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = Git(tmp_path / "elsewhere")
    elsewhere.commit({"a.txt": "x"})
    (git.root / "lib" / ".git").write_text(f"gitdir: {elsewhere.root}/.git\n")
    assert found(capsys, "--submodules")[:2] == ([], ["lib"])


def test_a_link_in_its_place(git: Git, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (git.root / "lib").rename(tmp_path / "moved")
    (git.root / "lib").symlink_to(tmp_path / "lib")
    assert found(capsys, "--submodules")[:2] == ([], ["lib"])


def test_a_git_file_that_leads_nowhere(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    (git.root / "lib" / ".git").write_text("gitdir: ../../../nowhere\n")
    assert found(capsys, "--submodules")[:2] == ([], ["lib"])
