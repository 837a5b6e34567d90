"""Scanning a repository: which files are read, what is reported, and in which order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE, detector

DEMO = Path(__file__).parents[2] / "demo" / "sample"


@pytest.fixture(scope="module")
def secret() -> str:
    """A secret of a built-in rule, from its examples; none stands in this file."""
    from sopskit.scanner.loading import built_in_rules

    (rule,) = (rule for rule in built_in_rules() if rule.id == "github-personal-access-token")
    content = rule.examples[0].encode()
    match = detector().matches(content)[0]
    return content[match.start : match.end].decode()


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    return root


def scan(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["scan", "--format", "json", *arguments])
    output = capsys.readouterr().out
    return code, json.loads(output) if output else {}


def found(document: dict[str, object]) -> list[tuple[str, int, int]]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return [(each["path"], each["line"], each["column"]) for each in findings]


def test_a_leak_is_found(repository: Path, capsys: pytest.CaptureFixture[str], secret: str) -> None:
    (repository / "config.py").write_text(f"import x\n\ntoken = '{secret}'\n")
    (repository / "clean.py").write_text("import y\n")
    code, document = scan(capsys)
    assert code == 1
    assert found(document) == [("config.py", 3, 10)]
    size = sum((repository / name).stat().st_size for name in ("config.py", "clean.py"))
    assert document["summary"] == {"files": 2, "bytes": size, "findings": 1, "ignored": 0, "remembered": 0}


def test_the_secret_is_masked(repository: Path, capsys: pytest.CaptureFixture[str], secret: str) -> None:
    (repository / "config.py").write_text(f"token = '{secret}'\n")
    for arguments in ([], ["--format", "json"], ["--format", "sarif"], ["--format", "github"], ["-v"]):
        assert main(["scan", *arguments]) == 1
        output = "".join(capsys.readouterr())
        assert secret[:4] in output
        assert secret[:5] not in output
        assert secret[5:12] not in output


def test_what_git_ignores_is_read_when_named(
    repository: Path, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    (repository / ".gitignore").write_text("ignored\nfolder/\n")
    (repository / "ignored").write_text(secret)
    (repository / "folder").mkdir()
    (repository / "folder" / "file").write_text(secret)
    assert scan(capsys)[0] == 0
    code, document = scan(capsys, "ignored")
    assert (code, found(document)) == (1, [("ignored", 1, 1)])
    assert found(scan(capsys, "folder/file", ".")[1]) == [("folder/file", 1, 1)]
    assert found(scan(capsys, "folder")[1]) == [("folder/file", 1, 1)]


def test_paths_choose(repository: Path, capsys: pytest.CaptureFixture[str], secret: str) -> None:
    for name in ("a/x", "a/b/y", "ab/z", "top"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(secret)
    assert [path for path, *_ in found(scan(capsys, "a")[1])] == ["a/b/y", "a/x"]
    assert [path for path, *_ in found(scan(capsys, "top", "a/b")[1])] == ["a/b/y", "top"]
    assert [path for path, *_ in found(scan(capsys)[1])] == ["a/b/y", "a/x", "ab/z", "top"]
    assert main(["scan", "missing"]) == 2


def test_outside_git_all_is_read_but_git_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    for name in ("plain/a/x", "plain/nested/.git/config", "plain/y"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(secret)
    code, document = scan(capsys, str(tmp_path / "plain"))
    assert (code, [path for path, *_ in found(document)]) == (1, ["a/x", "y"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_fails_the_run(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "closed").write_text("x")
    (repository / "closed").chmod(0)
    code, document = scan(capsys)
    assert code == 6
    assert document["skipped"] == [{"id": None, "path": "closed", "reason": "Permission denied"}]


def test_many_files_in_several_processes(
    repository: Path, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    for number in range(400):
        (repository / f"{number:03}").write_text(secret if number % 100 == 7 else "x" * number)
    results = [scan(capsys, "--jobs", jobs) for jobs in ("1", "2", "3")]
    assert results[0] == results[1] == results[2]
    assert [path for path, *_ in found(results[0][1])] == ["007", "107", "207", "307"]


def test_a_sops_repository_has_no_leaks(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sample: 40 secret files in five formats, for age, SSH and PGP recipients."""
    subprocess.run(["cp", "-r", f"{DEMO}/.", str(repository)], check=True)
    code, document = scan(capsys)
    assert found(document) == []
    assert code == 0


def test_standard_input(repository: Path, secret: str) -> None:
    command = [sys.executable, "-m", "sopskit", "scan", "--format", "json", "-"]
    done = subprocess.run(command, input=f"a\n b {secret}\n", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert found(json.loads(done.stdout)) == [("-", 2, 4)]
    assert secret not in done.stdout + done.stderr


def test_a_folder_that_became_a_link_is_not_followed(
    repository: Path, capsys: pytest.CaptureFixture[str], secret: str
) -> None:
    """git goes on listing what it tracks below it."""
    (repository / "a/b").mkdir(parents=True)
    (repository / "a/b/tracked.py").write_text("old\n")
    subprocess.run(["git", "-C", str(repository), "add", "."], check=True)
    outside = repository.parent / "outside/b"
    outside.mkdir(parents=True)
    (outside / "tracked.py").write_text(f"token = '{secret}'\n")
    (repository / "a").rename(repository.parent / "old")
    (repository / "a").symlink_to(outside.parent)
    assert scan(capsys)[0] == 0
