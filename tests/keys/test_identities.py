from __future__ import annotations

import os
import shlex
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import pyrage
import pytest

from sopskit.keys import age, age_format, identity_places
from sopskit.keys.identities import Identities, find_identities
from sopskit.keys.recipients import parse
from tests.keys.material import DATA_KEY, AgeKey, age_key, run, ssh_key

if TYPE_CHECKING:
    from pathlib import Path

    from sopskit.keys.recipients import Recipient


class Asked:
    """Answers with one passphrase and remembers what it was asked for."""

    def __init__(self, passphrase: str | None) -> None:
        self.passphrase = passphrase
        self.places: list[str] = []

    def __call__(self, place: str) -> str | None:
        self.places.append(place)
        return self.passphrase


class SealedKey(NamedTuple):
    """A key file under the passphrase "secret"; made once, since scrypt takes its second."""

    key: AgeKey
    content: bytes


@pytest.fixture(scope="module")
def sealed_key(tmp_path_factory: pytest.TempPathFactory) -> SealedKey:
    key = age_key(tmp_path_factory.mktemp("sealed"))
    return SealedKey(key, pyrage.passphrase.encrypt(key.file.read_bytes(), "secret"))


def find(asked: Asked | None = None, /, **variables: str | Path) -> Identities:
    environ = {**os.environ, **{name: str(value) for name, value in variables.items()}}
    return find_identities(environ, ask_passphrase=asked)


def opened(identities: Identities, recipient: Recipient, label: Recipient | None = None) -> str | None:
    """Source of the identity that opens a file wrapped for `recipient`, labelled as one for `label`."""
    enc = age.wrap(recipient, DATA_KEY)
    name = label or recipient
    for identity in chain(identities.matching(name), identities.others(name)):
        if identity.unwrap(enc) == DATA_KEY:
            return identity.source
    return None


def keys_txt(home: Path, content: str | bytes) -> Path:
    file = home / ".config/sops/age/keys.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


@pytest.fixture
def key(tmp_path: Path) -> AgeKey:
    return age_key(tmp_path)


def test_with_nothing_there_nothing_is_found_and_nothing_is_said(home: Path) -> None:
    identities = find()
    assert list(identities) == []
    assert identities.warnings == []
    assert {"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", str(home / ".ssh/id_rsa")} <= set(identities.searched)


def test_every_place_of_sops_is_read_in_its_order(home: Path, tmp_path: Path) -> None:
    named = parse(ssh_key(tmp_path / "named", "ed25519"))
    ed25519 = parse(ssh_key(home / ".ssh/id_ed25519", "ed25519"))
    rsa = parse(ssh_key(home / ".ssh/id_rsa", "rsa"))
    text, pq, file, default = (age_key(tmp_path, *options) for options in ((), ("-pq",), (), ()))
    txt = keys_txt(home, default.file.read_text())
    identities = find(
        SOPS_AGE_SSH_PRIVATE_KEY_FILE=tmp_path / "named",
        SOPS_AGE_KEY=f"{text.identity} {pq.identity}",
        SOPS_AGE_KEY_FILE=file.file,
    )
    expected = [named, ed25519, rsa, *(parse(key.recipient) for key in (text, pq, file, default))]
    assert [identity.recipient for identity in identities] == expected
    assert identities.warnings == []
    assert opened(identities, expected[-1]) == str(txt)
    for recipient in expected:
        assert opened(identities, recipient) is not None
        assert opened(identities, recipient, label=expected[0]) is not None  # a label that lies


@pytest.mark.parametrize("variable", ["SOPS_AGE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_FILE"])
def test_a_file_that_cannot_be_used_is_a_warning_and_no_end(
    variable: str, home: Path, tmp_path: Path, key: AgeKey
) -> None:
    keys_txt(home, key.file.read_text())
    (tmp_path / "bad").write_bytes(b"hunter2hunter2\0\xff\n" * 1000)
    for path in (tmp_path / "missing", tmp_path, tmp_path / "bad", "/dev/zero", tmp_path / ("x" * 300)):
        identities = find(**{variable: path})
        assert opened(identities, parse(key.recipient)) is not None
        assert identities.warnings
        assert all(variable in warning and "hunter2" not in warning for warning in identities.warnings)


def test_a_bad_line_costs_that_line_only(home: Path, key: AgeKey) -> None:
    keys_txt(home, f"AGE-SECRET-KEY-1HUNTER2\n# x\n\nAGE-PLUGIN-YUBIKEY-1QQSECRET\r\n{key.identity}\r\n")
    identities = find()
    assert opened(identities, parse(key.recipient))
    assert identities.plugin_identities == ["yubikey"]
    assert len(identities.warnings) == 1
    assert "line 1" in identities.warnings[0]
    assert "HUNTER2" not in identities.warnings[0]


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_a_locked_ssh_key_is_asked_for_once_and_only_where_it_is_named(
    kind: str, home: Path, key: AgeKey
) -> None:
    recipient = parse(ssh_key(home / f".ssh/id_{kind}", kind, "secret"))
    asked = Asked("secret")
    identities = find(asked, SOPS_AGE_KEY=key.identity)
    assert opened(identities, parse(key.recipient)) == "SOPS_AGE_KEY"
    assert opened(identities, parse(key.recipient), label=recipient) == "SOPS_AGE_KEY"
    assert asked.places == []
    for _ in range(3):
        assert opened(identities, recipient) == str(home / f".ssh/id_{kind}")
    assert asked.places == [str(home / f".ssh/id_{kind}")]


@pytest.mark.parametrize("answer", [None, "wrong", "", "é"])
def test_without_its_passphrase_a_key_is_passed_over_with_one_warning(answer: str | None, home: Path) -> None:
    recipient = parse(ssh_key(home / ".ssh/id_ed25519", "ed25519", "secret"))
    identities = find(Asked(answer))
    assert [opened(identities, recipient) for _ in range(3)] == [None] * 3
    assert len(identities.warnings) == 1


def test_of_a_locked_pem_key_the_pub_file_beside_it_tells_the_public_half(home: Path) -> None:
    recipient = parse(ssh_key(home / ".ssh/id_rsa", "rsa", "secret", "-m", "PEM"))
    assert opened(find(Asked("secret")), recipient)
    (home / ".ssh/id_rsa.pub").unlink()
    identities = find(Asked("secret"))
    assert list(identities) == []
    assert len(identities.warnings) == 1


@pytest.mark.parametrize("armored", [True, False])
def test_an_encrypted_key_file_is_the_last_resort(
    armored: bool, home: Path, sealed_key: SealedKey, tmp_path: Path
) -> None:
    key, content = sealed_key
    keys_txt(home, age_format.armor(content).encode() if armored else content)
    other, stranger = age_key(tmp_path), age_key(tmp_path)
    asked = Asked("secret")
    identities = find(asked, SOPS_AGE_KEY=other.identity)
    assert opened(identities, parse(other.recipient)) == "SOPS_AGE_KEY"
    assert asked.places == []
    assert opened(identities, parse(key.recipient)) is not None
    assert opened(identities, parse(stranger.recipient)) is None
    assert len(asked.places) == 1


def test_the_wrong_passphrase_of_a_key_file_is_one_warning(home: Path, sealed_key: SealedKey) -> None:
    keys_txt(home, sealed_key.content)
    identities = find(Asked("wrong"))
    assert [opened(identities, parse(sealed_key.key.recipient)) for _ in range(3)] == [None] * 3
    assert len(identities.warnings) == 1


def test_key_commands_get_the_recipient_and_run_once_for_each(tmp_path: Path, key: AgeKey) -> None:
    ssh_recipient = parse(ssh_key(tmp_path / "ssh", "ed25519"))
    log = tmp_path / "log"
    script = f'echo "$SOPS_AGE_RECIPIENT" >> {log}; cat {key.file}'
    identities = find(
        SOPS_AGE_KEY_CMD=f"sh -c {shlex.quote(script)}",
        SOPS_AGE_SSH_PRIVATE_KEY_CMD=f"cat {tmp_path / 'ssh'}",
    )
    assert not log.exists()
    for _ in range(2):
        assert opened(identities, parse(key.recipient)) == "SOPS_AGE_KEY_CMD"
        assert opened(identities, ssh_recipient) == "SOPS_AGE_SSH_PRIVATE_KEY_CMD"
    assert identities.opens(parse(key.recipient))
    assert log.read_text().splitlines() == [key.recipient]
    assert opened(identities, parse(age_key(tmp_path).recipient)) is None
    assert len(log.read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "command", ["false", "no-such-program", "sh -c 'echo hunter2; exit 3'", "echo hunter2", "'"]
)
@pytest.mark.parametrize("variable", ["SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_CMD"])
def test_a_failing_command_is_a_warning_without_its_output(
    variable: str, command: str, home: Path, key: AgeKey, tmp_path: Path
) -> None:
    keys_txt(home, key.file.read_text())
    identities = find(**{variable: command})
    assert opened(identities, parse(key.recipient))
    assert opened(identities, parse(age_key(tmp_path).recipient)) is None
    assert identities.warnings
    assert all(variable in warning and "hunter2" not in warning for warning in identities.warnings)


@pytest.mark.parametrize("xdg", [True, False])
def test_sops_reads_the_key_file_where_we_read_it(
    xdg: bool, home: Path, key: AgeKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "xdg" if xdg else home / ".config"
    if xdg:
        monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    file = folder / "sops/age/keys.txt"
    file.parent.mkdir(parents=True)
    file.write_text(key.identity)
    plain, secret = tmp_path / "plain.json", tmp_path / "secret.json"
    plain.write_text('{"a": "b"}')
    secret.write_bytes(run("sops", "--age", key.recipient, "-e", plain))
    assert b'"b"' in run("sops", "-d", secret)
    assert opened(find(), parse(key.recipient)) == str(file)


def test_no_private_key_is_in_a_repr(key: AgeKey) -> None:
    identities = find(SOPS_AGE_KEY=key.identity)
    assert key.identity[20:40] not in repr(list(identities)) + repr(vars(identities)["_known"])


def test_a_place_does_not_show_the_key_it_holds(key: AgeKey) -> None:
    found = identity_places.places({"SOPS_AGE_KEY": key.identity})
    assert [place.value for place in found] == [key.identity]
    assert key.identity[20:40] not in repr(found)
