"""Scanning what git holds: the index, ranges, pushes and the history; each with a real repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    from pathlib import Path


class Result:
    """What `sopskit scan --format json` said."""

    def __init__(self, code: int, output: str, said: str) -> None:
        self.code = code
        self.said = said
        self.document: dict[str, Any] = json.loads(output) if output else {}

    @property
    def places(self) -> list[tuple[str, int]]:
        return [(each["path"], each["line"]) for each in self.document["findings"]]

    @property
    def summary(self) -> dict[str, int]:
        summary: dict[str, int] = self.document["summary"]
        return summary

    @property
    def commits(self) -> list[tuple[str, str, bool]]:
        return [(each["path"], each["commit"], each["at_head"]) for each in self.document["findings"]]


@pytest.fixture
def scan(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Result:
        capsys.readouterr()
        code = main(["scan", "--format", "json", *arguments])
        return Result(code, *capsys.readouterr())

    return run


class TestStaged:
    def test_the_index_counts_and_not_the_work_tree(self, git: Git, scan: Any) -> None:
        git.commit({"a": "clean\n", "b": "clean\n"})
        git.write({"a": f"x\n{token(1)}\n"})
        git("add", "a")
        git.write({"a": "clean again\n", "b": token(2)})
        result = scan("--staged")
        assert (result.code, result.places) == (1, [("a", 2)])
        assert result.summary["files"] == 1
        assert result.summary["bytes"] == len(f"x\n{token(1)}\n")
        assert result.document["findings"][0]["commit"] is None

    def test_what_was_there_before_is_not_read(self, git: Git, scan: Any) -> None:
        git.commit({"old": token(1)})
        git.write({"new": "clean\n"})
        git("add", "new")
        result = scan("--staged")
        assert (result.code, result.summary["files"]) == (0, 1)

    def test_before_the_first_commit_all_is_staged(self, git: Git, scan: Any) -> None:
        git.write({"a b/ü\n": token(1)})
        git("add", "-A")
        assert scan("--staged").places == [("a b/ü\n", 1)]

    def test_nothing_staged_is_said(self, git: Git, capsys: pytest.CaptureFixture[str]) -> None:
        git.commit({"a": "x"})
        assert main(["scan", "--staged"]) == 0
        output = capsys.readouterr()
        assert "nothing is staged" in output.err
        assert "in no files" in output.out

    def test_renamed_and_deleted_files(self, git: Git, scan: Any) -> None:
        git.commit({"old": token(1), "gone": token(2)})
        git("mv", "old", "new")
        git("rm", "-q", "gone")
        assert scan("--staged").places == [("new", 1)]

    def test_links_and_submodules_are_left_out(self, git: Git, scan: Any, tmp_path: Path) -> None:
        other = Git(tmp_path / "other")
        other.commit({"a": token(1)})
        (git.root / "link").symlink_to(token(2))
        git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "sub")
        result = scan("--staged")
        assert (result.code, result.summary["files"]) == (0, 1)  # .gitmodules

    def test_every_side_of_a_conflict(self, git: Git, scan: Any) -> None:
        git.commit({"a": "base\n"})
        git("checkout", "-q", "-b", "other")
        git.commit({"a": f"theirs {token(1)}\n"})
        git("checkout", "-q", "main")
        git.commit({"a": "ours\n"})
        with pytest.raises(subprocess.CalledProcessError):
            git("merge", "other")
        assert scan("--staged").places == [("a", 1)]

    def test_in_a_folder_paths_choose(self, git: Git, scan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        git.write({"top": token(1), "in/a": token(2), "in/b": token(3)})
        git("add", "-A")
        monkeypatch.chdir(git.root / "in")
        assert scan("--staged", "a").places == [("in/a", 1)]
        assert scan("--staged", ".").places == [("in/a", 1), ("in/b", 1)]
        assert main(["scan", "--staged", "missing"]) == 2

    def test_a_content_that_is_lost_fails_the_run(self, git: Git, scan: Any) -> None:
        git.write({"a": "lost\n", "b": token(1)})
        git("add", "-A")
        blob = git("rev-parse", ":a")
        (git.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        result = scan("--staged")
        assert (result.code, result.places) == (6, [("b", 1)])
        assert [each["path"] for each in result.document["skipped"]] == ["a"]

    def test_a_damaged_content_fails_the_run_and_hides_no_other(self, git: Git, scan: Any) -> None:
        git.write({"a": "damaged\n", "b": token(1)})
        git("add", "-A")
        blob = git("rev-parse", ":a")
        path = git.root / ".git" / "objects" / blob[:2] / blob[2:]
        path.chmod(0o600)
        path.write_bytes(b"no zlib at all")
        result = scan("--staged")
        assert (result.code, result.places) == (6, [("b", 1)])
        assert [each["path"] for each in result.document["skipped"]] == ["a"]

    def test_outside_git_is_an_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "plain").mkdir()
        monkeypatch.chdir(tmp_path / "plain")
        assert main(["scan", "--staged"]) == 3


class TestHistory:
    def test_what_was_removed_is_found_with_its_first_commit(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x\n"})
        first = git.commit({"a": f"x\n{token(1)}\n"})
        git.commit({"b": f"{token(1)}\n"})
        (git.root / "b").unlink()
        git.commit({"a": "clean\n"})
        result = scan("--history")
        assert (result.code, result.places) == (1, [("a", 2)])
        assert result.commits == [("a", first, False)]

    def test_still_at_head_were_it_elsewhere(self, git: Git, scan: Any) -> None:
        first = git.commit({"old/a": f"{token(1)}\n"})
        (git.root / "old" / "a").unlink()
        git.commit({"new/b": f"\n\nmoved {token(1)}\n"})
        assert scan("--history").commits == [("old/a", first, True)]

    def test_what_only_a_merge_brought(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x\n"})
        git("checkout", "-q", "-b", "other")
        git.commit({"b": "x\n"})
        git("checkout", "-q", "main")
        git.commit({"c": "x\n"})
        git("merge", "-q", "--no-ff", "--no-commit", "other")
        merge = git.commit({"a": f"evil {token(1)}\n"})
        git.commit({"a": "x\n"})
        assert scan("--history").commits == [("a", merge, False)]

    def test_all_refs_and_packs(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x\n"})
        git("checkout", "-q", "-b", "side")
        on_side = git.commit({"side": token(1)})
        git("checkout", "-q", "main")
        git("gc", "-q")
        (git.root / "b").write_text(token(2))
        git("add", "-A")
        git("stash", "-q")
        result = scan("--history")
        assert [path for path, *_ in result.commits] == ["b", "side"]
        assert result.commits[1] == ("side", on_side, False)

    def test_what_no_commit_reaches_is_no_finding(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x\n"})
        git("hash-object", "-w", "--stdin", stdin=token(1).encode())
        assert scan("--history").code == 0

    def test_the_second_run_reads_new_contents_alone(self, git: Git, scan: Any) -> None:
        for number in range(30):
            git.commit({f"{number}": f"{number}\n"})
        first = scan("--history")
        assert (first.summary["files"], first.summary["remembered"]) == (30, 0)
        git.commit({"new": token(1)})
        second = scan("--history")
        assert (second.summary["files"], second.summary["remembered"]) == (1, 30)
        assert second.places == [("new", 1)]
        third = scan("--history")
        assert (third.summary["files"], third.summary["remembered"]) == (0, 30)
        assert third.places == second.places

    def test_a_damaged_memory_is_begun_anew(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x\n"})
        assert scan("--history").summary["files"] == 1
        memory = git.root / ".git" / "sopskit-scan"
        content = memory.read_bytes()
        memory.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        assert scan("--history").summary["files"] == 1
        assert scan("--history").summary["files"] == 0

    def test_other_rules_read_all_again(self, git: Git, scan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        git.commit({"a": "x\n"})
        scan("--history")
        assert scan("--history").summary["files"] == 0
        monkeypatch.setattr("sopskit.scanner.loading.version", lambda: b"another version!")
        assert scan("--history").summary["files"] == 1

    def test_many_contents_in_several_processes(self, git: Git, scan: Any) -> None:
        files: dict[str, str | bytes] = {f"{number}": f"{number}\n" for number in range(2000)}
        git.commit(files | {"7": token(7), "1999": token(8)})
        results = [scan("--history", "--jobs", jobs) for jobs in ("3", "1")]
        assert [result.places for result in results] == [[("1999", 1), ("7", 1)]] * 2
        assert [result.summary["files"] for result in results] == [2000, 0]

    def test_large_and_binary_contents(self, git: Git, scan: Any) -> None:
        large = b"0123456789abcde\n" * (6 << 16)
        place = 5 << 20  # beyond the first block
        git.commit(
            {
                "large": large[:place] + token(1).encode() + b"\n" + large[place:],
                "bin": b"\0\1" + token(2).encode(),
            }
        )
        assert scan("--history").places == [("bin", 1), ("large", (place >> 4) + 1)]

    def test_a_shallow_clone_is_said(
        self, git: Git, scan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git.commit({"a": token(1)})
        git.commit({"a": "x"})
        subprocess.run(
            ["git", "clone", "-q", "--depth=1", f"file://{git.root}", str(tmp_path / "c")], check=True
        )
        monkeypatch.chdir(tmp_path / "c")
        result = scan("--history")
        assert (result.code, result.places) == (6, [])
        assert "shallow" in result.document["skipped"][0]["reason"]

    def test_what_a_partial_clone_lacks_is_said(
        self, git: Git, scan: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        git.commit({"a": token(1), "b": "1"})
        git.commit({"a": "x", "b": "2"})
        git("config", "uploadpack.allowFilter", "true")
        clone = tmp_path / "c"
        command = ["git", "clone", "-q", "--filter=blob:none", f"file://{git.root}", str(clone)]
        subprocess.run(command, check=True)
        monkeypatch.chdir(clone)
        result = scan("--history")
        assert (result.code, result.places, result.summary["files"]) == (6, [], 2)
        assert result.document["skipped"][0]["reason"].startswith("2 contents are not in this partial clone")

    def test_a_repository_without_a_commit_is_clean(self, git: Git, scan: Any) -> None:
        assert scan("--history").code == 0

    def test_in_sha256(self, tmp_path: Path, scan: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
        monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
        git = Git(tmp_path / "sha256")
        monkeypatch.chdir(git.root)
        first = git.commit({"a": token(1), "b": "x"})
        assert len(first) == 64
        assert scan("--history").commits == [("a", first, True)]
        assert scan("--history").summary == {
            "files": 0, "bytes": 0, "findings": 1, "ignored": 0, "remembered": 1
        }  # fmt: skip


class TestRange:
    def test_only_what_the_commits_bring(self, git: Git, scan: Any) -> None:
        git.commit({"old": token(1)})
        before = git.commit({"a": "x"})
        bad = git.commit({"new": token(2)})
        (git.root / "new").unlink()
        git.commit({"b": "x"})
        result = scan("--range", f"{before}..HEAD")
        assert (result.code, result.commits) == (1, [("new", bad, False)])
        assert result.summary["files"] == 1  # "b" holds what "a" held
        assert scan("--range", "HEAD~1..").code == 0

    def test_a_merge_of_the_base_brings_nothing_of_it(self, git: Git, scan: Any) -> None:
        git.commit({"a": "x"})
        git("checkout", "-q", "-b", "topic")
        git.commit({"t": "clean"})
        git("checkout", "-q", "main")
        git.commit({"m": token(1)})
        git("checkout", "-q", "topic")
        git("merge", "-q", "--no-commit", "main")
        evil = git.commit({"a": f"only here {token(2)}"})
        assert scan("--range", "main..topic").commits == [("a", evil, True)]

    @pytest.mark.parametrize(
        "text", ["HEAD", "a...b", "--all..HEAD", "HEAD..--all", "a..b..c", "nothing..HEAD"]
    )
    def test_what_is_no_range_is_refused(self, git: Git, text: str) -> None:
        git.commit({"a": "x"})
        assert main(["scan", f"--range={text}"]) == 2

    def test_a_change_does_not_accept_its_own_secrets(
        self, git: Git, capsys: pytest.CaptureFixture[str]
    ) -> None:
        git.commit({"a": "x"})
        git("checkout", "-q", "-b", "topic")
        git.commit({"b": token(1), ".sopskit.toml": "[scan]\nexclude = ['b']\n"})
        assert main(["scan", "--range", "main..topic"]) == 1
        assert f"this change would accept {RULE} in b" in capsys.readouterr().err
        git("checkout", "-q", "main")
        git("merge", "-q", "topic")
        git.commit({"b": token(2)})
        assert main(["scan", "--range", "HEAD~1..HEAD"]) == 0


class TestPreReceive:
    def push(self, git: Git, bare: Path, *refs: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-C", str(git.root), "push", "-q", str(bare), *refs]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    @pytest.fixture
    def bare(self, tmp_path: Path) -> Path:
        """A bare repository with the hook."""
        bare = tmp_path / "bare.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        hook = bare / "hooks" / "pre-receive"
        path = os.pathsep.join(sys.path)
        hook.write_text(
            f"#!/bin/sh\nPYTHONPATH='{path}' exec '{sys.executable}' -m sopskit scan --pre-receive\n"
        )
        hook.chmod(0o755)
        return bare

    def test_a_push_is_taken_or_refused(self, git: Git, bare: Path) -> None:
        git.commit({"a": "x"})
        assert self.push(git, bare, "main").returncode == 0
        git.commit({"a": f"\n{token(1)}\n"})
        git.commit({"a": "clean again"})
        done = self.push(git, bare, "main", "main:other")
        assert done.returncode != 0
        assert f"[{RULE}]" in done.stderr
        assert token(1) not in done.stderr
        git("reset", "-q", "--hard", "HEAD~2")
        git.commit({"b": "x"})
        git("tag", "-a", "-m", "x", "v1")
        assert self.push(git, bare, "main", "v1").returncode == 0
        assert self.push(git, bare, ":v1").returncode == 0

    def test_what_is_no_line_of_a_hook_is_refused(
        self, git: Git, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        git.commit({"a": "x"})
        (tmp_path / "input").write_text("--all --all refs/heads/main\n")
        with (tmp_path / "input").open() as file:
            monkeypatch.setattr("sys.stdin", file)
            assert main(["scan", "--pre-receive"]) == 2


def test_sources_contradict_each_other(git: Git) -> None:
    assert main(["scan", "--staged", "--history"]) == 2
    assert main(["scan", "--history", "a"]) == 2
    assert main(["scan", "-", "a"]) == 2
