"""docs/reference/limits.md says what really happens: each row about a secret file, tried."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_YAML = (ROOT / "demo" / "sample" / "shared" / "wifi.yaml").read_bytes()
_METADATA = _YAML.index(b"\nsops:") + 1


def _content(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _huge(path: Path) -> None:
    path.touch()
    os.truncate(path, (256 << 20) + 1)


def _read_only(path: Path) -> None:
    path.write_bytes(_YAML)
    path.chmod(0o444)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.open(path.parent, os.O_PATH)
        try:  # a socket's path is at most 108 bytes
            listener.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


# A name in shared/, which a rule claims; how to make the file; what `plan` says of it (None: not listed).
_FILES: tuple[tuple[str, Callable[[Path], object], str | None, str | None], ...] = (
    ("empty.yaml", _content(b""), "empty", None),
    ("blank.yaml", _content(b" \n\n"), "empty", None),
    ("plain.yaml", _content(b"password: example\n"), "plaintext", None),
    ("cut-before.yaml", _content(_YAML[:_METADATA]), "broken", "no SOPS metadata"),
    ("cut-within.yaml", _content(_YAML[: _METADATA + 700]), "broken", "metadata is incomplete"),
    ("cut.key", _content(b'{"data": "ENC[AES256_GCM,data:aa", "sops": {'), "broken", "JSON"),
    ("conflict.yaml", _content(b"<<<<<<< HEAD\n" + _YAML), "broken", "conflict markers"),
    ("huge.yaml", _huge, "broken", "larger than 256 MiB"),
    ("latin.yaml", _content(_YAML + b"# \xff\n"), "broken", "not UTF-8"),
    ("latin-plain.yaml", _content(b"caf\xe9: x\n"), "plaintext", None),
    ("nul.yaml", _content(_YAML + b"# \0\n"), "broken", "NUL"),
    ("alias.yaml", _content(_YAML.replace(b"sops:", b"sops: &a")), "broken", "does not write"),
    ("deep.yaml", _content(b"x: ENC[AES256_GCM\nsops: " + b"[" * 10_000), "broken", "does not write"),
    ("random.key", _content(bytes(range(256))), "plaintext", None),
    ("other-format.txt", _content(_YAML), "broken", "no SOPS metadata in the format"),
    ("crlf.yaml", _content(_YAML.replace(b"\n", b"\r\n")), "in-sync", None),
    ("read-only.yaml", _read_only, "in-sync", None),
    ("link.yaml", lambda path: path.symlink_to("wifi.yaml"), "in-sync", None),
    ("outside.yaml", lambda path: path.symlink_to("/etc/passwd"), "broken", "out of the repository"),
    ("git.yaml", lambda path: path.symlink_to("../.git/config"), "broken", "out of the repository"),
    ("nowhere.yaml", lambda path: path.symlink_to("nothing"), "broken", "no such file"),
    ("folder.yaml", lambda path: path.mkdir(), None, None),
    ("pipe.yaml", os.mkfifo, None, None),
    ("socket.yaml", _socket, None, None),
    ("ignored.yaml", _content(_YAML), None, None),
    ("caf\udce9\n.yaml", _content(_YAML), "in-sync", None),
)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    shutil.copytree(ROOT / "demo" / "sample", root)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    subprocess.run(["git", "add", "--all"], cwd=root, check=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(ROOT / "demo" / "admin.agekey"))
    return root


def test_what_the_plan_says_of_each_file(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / ".gitignore").write_text("ignored.yaml\n")
    (repository / "shared" / "ntfy.yaml").unlink()
    for name, make, _, _ in _FILES:
        make(repository / "shared" / name)

    assert main(["plan", "--format", "json"]) == 6
    files = {file["path"]: file for file in json.loads(capsys.readouterr().out)["files"]}

    assert "shared/ntfy.yaml" not in files
    for name, _, state, problem in _FILES:
        file = files.get(f"shared/{name}")
        assert (file and file["state"]) == state, name
        assert (problem or "") in (file or {}).get("problem", ""), name


def test_broken_files_do_not_keep_the_others_from_being_synced(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "shared" / "conflict.yaml").write_bytes(_YAML + b">>>>>>> theirs\n")
    rules = repository / ".sops.yaml"
    rules.write_text(
        rules.read_text().replace("          - *maple\n", "          - *maple\n          - *cluster\n")
    )
    assert main(["sync", "--yes"]) == 6
    marker = len(_YAML.splitlines()) + 1
    assert f"shared/conflict.yaml:{marker}:" in capsys.readouterr().err
    (repository / "shared" / "conflict.yaml").unlink()
    assert main(["plan"]) == 0


@pytest.mark.parametrize("protected", ["shared/wifi.yaml", "shared", ".sops.yaml"])
def test_what_is_read_only_stops_a_command_that_would_change_it(repository: Path, protected: str) -> None:
    place = repository / protected
    mode = place.stat().st_mode
    before = {path: path.read_bytes() for path in repository.rglob("*.yaml")}
    place.chmod(mode & ~0o222)
    try:
        assert _add_willow() == 6
    finally:
        place.chmod(mode)
    assert {path: path.read_bytes() for path in repository.rglob("*.yaml")} == before


def test_links_and_modes_stay(repository: Path) -> None:
    link, target = repository / "shared" / "link.yaml", repository / "shared" / "wifi.yaml"
    link.symlink_to("wifi.yaml")
    target.chmod(0o640)
    rules = repository / ".sops.yaml"
    rules.rename(repository / "hosts" / "rules.yaml")
    rules.symlink_to("hosts/rules.yaml")
    assert _add_willow() == 0
    assert link.is_symlink()
    assert rules.is_symlink()
    assert "willow" in rules.read_text()
    assert target.stat().st_mode & 0o777 == 0o640
    assert target.read_bytes().count(b"recipient: age1") == _YAML.count(b"recipient: age1") + 1


def _add_willow() -> int:
    key = str(ROOT / "tests" / "docs" / "willow.pub")
    return main(["add-host", "willow", "--key-file", key, "--rule", "^shared/.*", "--yes"])
