"""No secret reaches an output: every output of every command is searched for canaries."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands.workbench import Workbench, age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-7f3a91c2d85e"


@pytest.fixture
def canaries(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> tuple[Workbench, list[str]]:
    """A repository whose plaintexts, data keys and identities are known: what must never be printed."""
    key, other = age_key(), age_key()
    rules = f"keys:\n  - &me {key.recipient}\n  - &other {other.recipient}\n"
    rules += "creation_rules:\n  - path_regex: ^s/\n    key_groups:\n      - age:\n          - *me\n"
    (empty.root / ".sops.yaml").write_text(rules)
    for suffix, text in {
        "yaml": f"a: {SECRET}\n",
        "json": f'{{"a": "{SECRET}"}}',
        "env": f"A={SECRET}\n",
        "ini": f"[s]\na = {SECRET}\n",
        "bin": SECRET,
    }.items():
        empty.write_encrypted(f"s/one.{suffix}", text)
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    (empty.root / "s/plain.yaml").write_text(f"a: {SECRET}\n")
    (empty.root / "s/broken.yaml").write_text(f"a: {SECRET}\nb: [\nsops:\n    mac: ENC[AES256_GCM,\n")
    empty.commit_all()
    from sopskit.engines.selection import choose
    from sopskit.keys.identities import find_identities
    from sopskit.keys.pgp import Keyring
    from sopskit.sops import formats

    environ = {"SOPS_AGE_KEY": key.identity}
    file = formats.read((empty.root / "s/one.yaml").read_bytes(), formats.Format.YAML)
    assert file is not None
    data_key = choose("embedded", find_identities(environ), Keyring(environ)).open(
        file.metadata, "s/one.yaml"
    )
    import base64

    return empty, [
        SECRET,
        key.identity,
        key.identity[16:40],
        data_key.hex(),
        base64.b64encode(data_key).decode(),
    ]


def test_no_output_of_any_command_holds_a_secret(
    canaries: tuple[Workbench, list[str]], tmp_path: Path, sops_on_path: None
) -> None:
    workbench, secrets = canaries
    new = age_key()
    secrets += [new.identity, new.identity[16:40]]
    commands = {
        ("hosts", "-v"): 0,
        ("hosts", "--format", "json"): 0,
        ("plan", "-v"): 6,
        ("plan", "--format", "json"): 6,
        ("doctor", "-v"): 0,
        ("doctor", "--format", "json"): 0,
        ("sync", "-v", "--yes"): 6,
        ("add-host", "willow", "--key", new.identity, "--all-rules", "--yes"): 2,
        ("add-host", "willow", "--key", SECRET, "--all-rules", "--yes"): 2,
        ("add-host", "willow", "--key", new.recipient, "--all-rules", "--dry-run", "-v"): 6,
        ("add-host", "willow", "--key", new.recipient, "--all-rules", "--yes", "-v"): 6,
        ("add-host", "elm", "--generate", str(tmp_path / "elm"), "--all-rules", "--yes", "-v"): 6,
        ("add-key", "willow", "--key", age_key().recipient, "--yes", "-v"): 6,
        ("remove-key", "willow", new.recipient, "--yes", "--no-rotate", "-v"): 6,
        ("init", "--layout", "both", "--yes"): 3,
        ("--engine", "sops", "add-host", "oak", "--key", age_key().recipient, "--all-rules", "--yes"): 6,
    }
    for command, code in commands.items():
        result = sopskit(*command)
        printed = result.out + result.err
        assert [secret for secret in secrets if secret in printed] == [], command
        assert result.code == code, (command, result.err)
    written = (tmp_path / "elm").read_text().splitlines()[-1]
    assert written not in "".join(
        path.read_text(errors="replace") for path in workbench.root.rglob("*") if path.is_file()
    )


def test_a_private_key_where_a_public_one_belongs_is_not_shown(
    canaries: tuple[Workbench, list[str]],
) -> None:
    """In a stanza of a file and in a rule of `.sops.yaml`: in text and JSON alike."""
    workbench, _ = canaries
    leaked, plugin = age_key().identity, "AGE-PLUGIN-YUBIKEY-1QGEXAMPLEEXAMPLE"
    file = workbench.root / "s/one.yaml"
    text = file.read_text()
    recipient = text.split("recipient: ")[1].split("\n")[0]
    file.write_text(text.replace(recipient, leaked))
    rules = (workbench.root / ".sops.yaml").read_text()
    (workbench.root / ".sops.yaml").write_text(rules + f"      - pgp: [{plugin}]\n")
    formats = (("plan",), ("plan", "--format", "json"), ("hosts", "-v"), ("hosts", "--format", "json"))
    for command in (*formats, ("doctor",)):
        result = sopskit(*command)
        assert leaked[16:] not in result.out + result.err, command
        assert "EXAMPLE" not in result.out + result.err, command


def test_a_bug_is_reported_without_the_values_it_touched(
    canaries: tuple[Workbench, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sopskit.sops import cipher

    def failing(*arguments: object) -> bool:
        raise RuntimeError(f"unexpected: {arguments}")

    monkeypatch.setattr(cipher, "verify_data_key", failing)
    result = sopskit(
        "--jobs", "1", "add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes"
    )
    assert result.code == 70
    assert "RuntimeError at test_secrecy.py" in result.err
    assert "unexpected" not in result.err
    workbench, secrets = canaries
    assert [secret for secret in secrets if secret in result.err] == []
    assert workbench.changed() == []


@pytest.mark.parametrize("engine", ["embedded", "sops"])
def test_no_process_is_started_with_a_secret_in_its_arguments(
    canaries: tuple[Workbench, list[str]], tmp_path: Path, sops_on_path: None, engine: str
) -> None:
    """strace sees every program that add-host starts, sops and gpg among them."""
    workbench, secrets = canaries
    trace = tmp_path / "trace"
    argv = ["-m", "sopskit", "--engine", engine, "add-host", "willow", "--key", age_key().recipient]
    strace = [program("strace"), "-f", "-s", "4096", "-e", "trace=execve", "-o", str(trace), sys.executable]
    command = [*strace, *argv, "--all-rules", "--yes"]
    done = subprocess.run(command, cwd=workbench.root, check=False, capture_output=True)
    assert done.returncode == 6, done.stderr  # the broken file; the others are re-wrapped
    assert len(workbench.changed()) == 6
    calls = trace.read_text()
    assert calls.count("execve") > 1
    assert ("updatekeys" in calls) is (engine == "sops")
    assert [secret for secret in secrets if secret in calls] == []
    assert "AGE-SECRET-KEY-" not in calls
