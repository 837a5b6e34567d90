"""Many contents searched at once give what each gives alone; a history of one commit, what its tree gives."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.cli.main import main
from sopskit.repo.discovery import Repository
from sopskit.scanner import wide
from sopskit.scanner.archives import is_archive
from sopskit.scanner.contents import may_hold_more
from sopskit.scanner.loading import built_in_rules
from sopskit.scanner.sources.joined import blocks_to_look_at
from sopskit.scanner.sources.tree import FileScan, walk
from sopskit.scanner.unpacking import BEGINNINGS
from sopskit.workflows.scan import scan_tree
from sopskit.workflows.scan_accepted import Accepted
from sopskit.workflows.scan_history import scan_history
from tests.scanner.built_in import CACHE, detector
from tests.scanner.gits import Git, token
from tests.scanner.test_parity import mixed_text

if TYPE_CHECKING:
    from sopskit.scanner.confirm import Match

PATHS = ("a.py", "a.yaml", "a.json", ".env", "a.tf", "a.sh", "a")

#: Beginnings and ends that could reach over into a neighbour.
EDGES = (
    b"apiVersion: v1\nstringData:\n  password: Kd83kfF93kdlQ\nkind: Secret",
    b"password:",
    b"password: |\n",
    b"  value: Kd83kfF93kdlQ2\n",
    b'variable "db_password" {\n',
    b'  default = "Kd83kfF93kdlQ2"\n',
    b"",
    b"\n",
    b"password = Kd83kfF93kdlQ2",
    token(3).encode(),
    token(3).encode()[:20],
    token(3).encode()[20:],
    "\ufeffpassword = Kd83kfF93kdlQ2".encode("utf-16-le"),
)


def contents(chance: random.Random) -> list[bytes]:
    text = mixed_text(built_in_rules(), chance, size=30_000)
    cuts = sorted(chance.sample(range(len(text)), 60))
    parts = [text[low:high] for low, high in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    parts += [chance.choice(EDGES) for _ in range(60)]
    chance.shuffle(parts)
    return parts


def joined(parts: list[bytes]) -> tuple[memoryview, list[tuple[int, int]]]:
    """As `git cat-file --batch` writes them, and as `Answers` leaves them."""
    buffer, places = b"", []
    for number, part in enumerate(parts):
        buffer += b"}" + b"%039x blob %d\n" % (number, len(part))
        places.append((len(buffer), len(buffer) + len(part)))
        buffer += part + b"\n"
    return memoryview(buffer), places


def plain(matches: list[Match]) -> list[tuple[object, ...]]:
    return [(each.rule.id, each.start, each.end, each.encodings) for each in matches]


@pytest.mark.parametrize("seed", range(3))
def test_many_contents_at_once_give_what_each_gives_alone(seed: int) -> None:
    parts = contents(random.Random(seed))
    view, places = joined(parts)
    looked_at = dict(blocks_to_look_at(detector(), view, places))
    found = 0
    for number, part in enumerate(parts):
        path = PATHS[number % len(PATHS)]
        alone = plain(detector().matches(part, path=path))
        found += len(alone)
        block = looked_at.get(number)
        at_once = [] if block is None else detector().matches(block.content, path=path, spans=block.spans)
        assert plain(at_once) == alone, part
    assert found > 50


KINDS = (
    *(start + bytes(600) for start in BEGINNINGS),
    b"PK\x03\x04",
    b"a" * 257 + b"ustar" + bytes(300),
    *(each + b"a" * 20 for each in wide._BYTE_ORDER_MARKS),
    ("a" * 20).encode("utf-16-le"),
    ("a" * 20).encode("utf-16-be"),
)


@pytest.mark.parametrize("content", KINDS)
def test_of_no_kind_of_archive_or_encoding_triggers_alone_are_asked(content: bytes) -> None:
    assert is_archive(content) or wide.wide_codec(content) is not None
    assert may_hold_more(memoryview(content))


def test_files_at_once_give_what_each_gives_alone(repository: Git) -> None:
    paths, _ = walk(str(repository.root))
    scan = FileScan(detector(), str(repository.root))
    assert scan.scan(paths) == [scan.scan([path])[0] for path in paths]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    git = Git(tmp_path / "repository")
    parts = contents(random.Random("repository"))
    git.commit({f"{number}/{PATHS[number % len(PATHS)]}": part for number, part in enumerate(parts)})
    monkeypatch.chdir(git.root)
    return git


def findings(capsys: Any, *arguments: str) -> list[tuple[object, ...]]:
    main(["-q", "scan", "--format", "json", *arguments])
    document = json.loads(capsys.readouterr().out)
    return [(each["fingerprint"], each["id"], each["path"], each["line"]) for each in document["findings"]]


def test_a_history_of_one_commit_gives_what_its_tree_gives(repository: Git) -> None:
    opened = Repository.open(repository.root)
    tree = scan_tree(opened, repository.root, ()).findings
    history = scan_history(opened, Accepted()).findings
    # A history tells each secret once.
    assert {each.fingerprint for each in history} == {each.fingerprint for each in tree}
    assert {each[:2] for each in history} <= {each[:2] for each in tree}
    assert len(history) > 30


def test_however_many_processes_the_findings_are_the_same(repository: Git, capsys: Any) -> None:
    memory = repository.root / ".git" / "sopskit-scan"
    found = []
    for jobs in ("1", "2", "5"):
        memory.unlink(missing_ok=True)
        found.append((findings(capsys, "--jobs", jobs), findings(capsys, "--history", "--jobs", jobs)))
    assert found[0] == found[1] == found[2]


def test_a_bare_repository(
    repository: Git, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = findings(capsys, "--history")
    repository.commit({"later": token(9)})
    repository("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    assert len(findings(capsys, "--history")) == len(first) + 1
    assert [each[2] for each in findings(capsys, "--range", "HEAD~1..HEAD")] == ["later"]


def test_a_push_to_a_server(repository: Git, tmp_path: Path) -> None:
    """Git runs the hook in a bare repository; what is pushed is in quarantine still."""
    server = tmp_path / "server.git"
    repository("clone", "-q", "--bare", ".", str(server))
    hook = server / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -m sopskit -q scan --pre-receive\n")
    hook.chmod(0o755)
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "XDG_CACHE_HOME": CACHE}

    def push() -> subprocess.CompletedProcess[str]:
        command = ["git", "-C", str(repository.root), "push", str(server), "HEAD:refs/heads/topic"]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    repository.commit({"harmless": "x"})
    assert push().returncode == 0
    repository.commit({"leak": token(11)})
    refused = push()
    assert refused.returncode != 0
    assert "github-personal-access-token" in refused.stderr
    assert "leak" in refused.stderr
