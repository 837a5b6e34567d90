"""What the sops engine must not do: show a secret, leave a trace, leave its folder, or wait forever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError, NoIdentityError
from tests.engines.files import Key, Vault, assert_tells_nothing, read, request, run, sops
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.engines.interface import Engine

    EngineHolding = Callable[[str, str], Engine]


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary files go to."""
    folder = tmp_path / "outer" / "temporary"
    folder.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def assert_nothing_left(scratch: Path) -> None:
    assert list(scratch.iterdir()) == []
    assert list(scratch.parent.iterdir()) == [scratch]


def test_no_secret_stands_in_the_arguments(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, programs_folder: Path, scratch: Path
) -> None:
    log = tmp_path / "arguments"
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >> {log}\nexec {program("sops")} "$@"\n'
    )
    (programs_folder / "sops").chmod(0o755)
    engine_holding("sops", "A").rewrap(request(vault.encrypted("s.yaml", "A"), vault.groups("AB")))
    arguments = log.read_text()
    assert "updatekeys" in arguments
    assert "SECRET-KEY" not in arguments
    assert_nothing_left(scratch)


def test_key_command_runs_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vault: Vault, engine_holding: EngineHolding
) -> None:
    engine, log, key = engine_holding("sops", ""), tmp_path / "runs", tmp_path / "key"
    key.write_text(vault.key("A").value)
    command = tmp_path / "command"
    command.write_text(f"#!/bin/sh\necho run >> {log}\ncat {key}\n")
    command.chmod(0o755)
    monkeypatch.setenv("SOPS_AGE_KEY_CMD", str(command))
    engine.rewrap(request(vault.encrypted("s.yaml", "A"), vault.groups("AB")))
    assert log.read_text() == "run\n"


@pytest.mark.parametrize(
    "path", ["", "../s.yaml", "a\0.yaml", "b\udcff/\udcfe.yaml", "--config/x.yaml", "x" * 300 + ".yaml"]
)
def test_path_is_a_name_alone(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, scratch: Path, path: str
) -> None:
    name = "s.yaml" if path else "s.bin"
    before = vault.encrypted(name, "A")
    after = engine_holding("sops", "A").rewrap(request(before, vault.groups("AB"), path=path))
    (tmp_path / name).write_bytes(after)
    assert sops("-d", name, folder=tmp_path, keys=[vault.key("B")]).stdout == vault.plaintext(name)
    assert_nothing_left(scratch)


@pytest.mark.parametrize("version", ["sops-3.9.4", "sops-3.8.1"])
def test_older_sops_does_it_too(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, programs_folder: Path, version: str
) -> None:
    engine = engine_holding("sops", "AP")
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").symlink_to(program(version))
    for letters, target, threshold, opened_by in (("AP", "APO", 0, "O"), ("A P B", "AF P B", 2, "FB")):
        before = vault.encrypted("s.yaml", letters, threshold)
        (tmp_path / "s.yaml").write_bytes(engine.rewrap(request(before, vault.groups(target), threshold)))
        keys = [vault.key(letter) for letter in opened_by]
        assert sops("-d", "s.yaml", folder=tmp_path, keys=keys).stdout == vault.plaintext("s.yaml")


def test_runs_for_one_file_are_limited(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, programs_folder: Path
) -> None:
    log = tmp_path / "runs"
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").write_text(f"#!/bin/sh\necho run >> {log}\nexit 128\n")
    (programs_folder / "sops").chmod(0o755)
    file = read(vault.encrypted("s.yaml", "A B"))
    many = file.with_groups([file.metadata.groups[0]] * 100, 2)
    with pytest.raises(NoIdentityError, match="0 of its 100 key groups"):
        engine_holding("sops", "A").rewrap(request(many, vault.groups("AB")))
    assert log.read_text().count("run") == 16


def test_key_that_sops_does_not_open_is_no_identity(
    vault: Vault, engine_holding: EngineHolding, scratch: Path
) -> None:
    with pytest.raises(NoIdentityError) as caught:
        engine_holding("sops", "C").rewrap(request(vault.encrypted("s.yaml", "A"), vault.groups("AB")))
    assert caught.value.path == "s.yaml"
    assert_tells_nothing(caught.value, vault.key("C").value.encode())
    assert_nothing_left(scratch)


def test_key_that_sops_cannot_encrypt_to_is_named(
    vault: Vault, engine_holding: EngineHolding, scratch: Path
) -> None:
    unknown = Key("85D77543B3D624B63CEA9E6DBC17301B491B3F21", "GNUPGHOME", "")
    wanted = request(vault.encrypted("s.yaml", "A"), ((vault.key("A"), unknown),))
    with pytest.raises(FailedError, match=f"could not encrypt to {unknown.text}") as caught:
        engine_holding("sops", "A").rewrap(wanted)
    assert_tells_nothing(caught.value, vault.key("A").value.encode())
    assert_nothing_left(scratch)


def test_sops_that_does_not_start(
    vault: Vault, engine_holding: EngineHolding, scratch: Path, programs_folder: Path
) -> None:
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").write_bytes(b"\x7fELF no program")
    (programs_folder / "sops").chmod(0o755)
    with pytest.raises(FailedError, match="could not be started") as broken:
        engine_holding("sops", "A").rewrap(request(vault.encrypted("s.yaml", "A"), vault.groups("AB")))
    assert_tells_nothing(broken.value, vault.key("A").value.encode())
    assert_nothing_left(scratch)


_REWRAP = """
import pathlib, sys, time
from sopskit.engines.interface import Rewrap
from sopskit.engines.service_engine import ServiceEngine
from sopskit.engines.sops_binary import SopsBinary
from sopskit.errors import SopskitError
from sopskit.keys.recipients import parse

data, *texts = sys.argv[1:]
request = Rewrap(
    "s.yaml",
    pathlib.Path(data).read_bytes(),
    (tuple(map(parse, texts)),),
    0,
)
start = time.monotonic()
try:
    ServiceEngine(SopsBinary(alone=True, limit=2)).rewrap(request)
except SopskitError as error:
    print(type(error).__name__, error)
print("seconds", time.monotonic() - start)
"""


def test_prompt_that_nobody_can_answer_has_an_end(
    tmp_path: Path, vault: Vault, gnupg_home: Path, programs_folder: Path
) -> None:
    waiting = tmp_path / "pinentry"
    waiting.write_text("#!/bin/sh\nwhile read -r line; do :; done\n")
    waiting.chmod(0o755)
    (gnupg_home / "gpg-agent.conf").write_text(f"pinentry-program {waiting}\n")
    run("gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "locked", "--quick-gen-key", "me")
    run("gpgconf", "--kill", "gpg-agent")
    listed = run("gpg", "--with-colons", "--list-keys", "me").decode()
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    (tmp_path / "s.yaml").write_text("a: 1\n")
    home = {"GNUPGHOME": str(gnupg_home)}
    sops("--pgp", fingerprint, "-e", "-i", "s.yaml", folder=tmp_path, keys=[], environ=home)
    other = vault.key("A").text
    command = [sys.executable, "-c", _REWRAP, str(tmp_path / "s.yaml")]
    done = subprocess.run(
        [*command, fingerprint, other],
        start_new_session=True,  # no terminal
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=60,
        cwd=Path(__file__).parents[2],
    )
    assert not done.stderr, done.stderr.decode()
    first, last = done.stdout.decode().splitlines()
    assert first == "FailedError s.yaml: sops did not end within 2 seconds"
    assert float(last.removeprefix("seconds ")) < 20
