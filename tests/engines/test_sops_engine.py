"""What the sops engine must not do: show a secret, leave a trace, leave its folder, or wait forever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import FailedError, NoIdentityError
from tests.engines.files import Vault, assert_tells_nothing, request, run, sops
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
    "path",
    [
        "",
        ".",
        ".sops.yaml",
        "/s.yaml",
        "../s.yaml",
        "a/../../s.yaml",
        "a/..",
        "a/../s.yaml",
        "a\0.yaml",
        "x" * 300 + ".yaml",
        "x/" * 3000 + "s.yaml",
    ],
)
def test_path_that_cannot_be_in_the_scratch_folder_is_refused(
    vault: Vault, engine_holding: EngineHolding, scratch: Path, path: str
) -> None:
    data = vault.encrypted("s.yaml", "A") if path.endswith("yaml") else vault.encrypted("s.bin", "A")
    message = "scratch copy" if len(path) > 255 else "within the folder"
    with pytest.raises(FailedError, match=message) as caught:
        engine_holding("sops", "A").rewrap(request(data, vault.groups("AB"), path=path))
    assert caught.value.path == path
    assert_nothing_left(scratch)


@pytest.mark.parametrize(
    "path",
    [
        "two words/a b.yaml",
        "new\nline.yaml",
        "b\udcff/\udcfe.yaml",
        "-rf.yaml",
        "--config/x.yaml",
        "$(touch x)/`y`.yaml",
        "*.yaml",
        "b\u00fcro/\U0001f511.yaml",
        "sub/.sops.yaml",
    ],
)
def test_odd_path_works_and_leaves_nothing(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding, scratch: Path, path: str
) -> None:
    before = vault.encrypted("s.yaml", "A")
    after = engine_holding("sops", "A").rewrap(request(before, vault.groups("AB"), path=path))
    (tmp_path / "s.yaml").write_bytes(after)
    assert sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("B")]).stdout == vault.plaintext("s.yaml")
    assert_nothing_left(scratch)


def test_rule_is_chosen_by_the_path_in_the_repository(
    tmp_path: Path, vault: Vault, engine_holding: EngineHolding
) -> None:
    """Where the number of groups changes, it is the repository's own rules that sops is given."""
    a, b, c = (vault.key(letter).text for letter in "ABC")
    first = "creation_rules:\n  - path_regex: ^b\ufffd/s\\.yaml$\n"
    first += f"    key_groups:\n      - age: [{b!r}]\n      - age: [{a!r}]\n"
    other = f'  - age: "{c}"\n'
    wanted = request(vault.encrypted("s.yaml", "A"), vault.groups("B A"), path="b\udcff/s.yaml")
    after = engine_holding("sops", "A").rewrap(wanted._replace(config=first + other))
    (tmp_path / "s.yaml").write_bytes(after)
    sops("-d", "s.yaml", folder=tmp_path, keys=[vault.key("B"), vault.key("A")])
    with pytest.raises(FailedError, match="recipients of its rule"):
        engine_holding("sops", "A").rewrap(wanted._replace(config=first + other, path="c/s.yaml"))


def test_exit_codes(
    vault: Vault, engine_holding: EngineHolding, scratch: Path, programs_folder: Path
) -> None:
    wanted = request(vault.encrypted("s.yaml", "A"), vault.groups("A B"))
    engine = engine_holding("sops", "A")
    secret = vault.key("A").value.encode()
    for damaged, message in (
        (wanted._replace(config="creation_rules:\n  - path_regex: nothing\n"), "exit code 1"),
        (wanted._replace(config="]"), "exit code 1"),
    ):
        with pytest.raises(FailedError, match=message) as caught:
            engine.rewrap(damaged)
        assert_tells_nothing(caught.value, secret)
        assert_nothing_left(scratch)
    with pytest.raises(NoIdentityError) as missing:
        engine_holding("sops", "C").rewrap(wanted)
    assert missing.value.path == "s.yaml"
    assert_tells_nothing(missing.value, vault.key("C").value.encode())
    (programs_folder / "sops").unlink()
    (programs_folder / "sops").write_bytes(b"\x7fELF no program")
    (programs_folder / "sops").chmod(0o755)
    with pytest.raises(FailedError, match="could not be started") as broken:
        engine_holding("sops", "A").rewrap(wanted)
    assert_tells_nothing(broken.value, secret)
    assert_nothing_left(scratch)


_REWRAP = """
import pathlib, sys, time
from sopskit.engines.interface import Rewrap
from sopskit.engines.sops_binary import SopsEngine
from sopskit.errors import SopskitError
from sopskit.keys.recipients import parse

data, config, *texts = sys.argv[1:]
request = Rewrap(
    "s.yaml",
    pathlib.Path(data).read_bytes(),
    (tuple(map(parse, texts)),),
    0,
    pathlib.Path(config).read_text(),
)
start = time.monotonic()
try:
    SopsEngine(limit=2).rewrap(request)
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
    (tmp_path / "config").write_text(f'creation_rules:\n  - pgp: {fingerprint}\n    age: "{other}"\n')
    command = [sys.executable, "-c", _REWRAP, str(tmp_path / "s.yaml"), str(tmp_path / "config")]
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
