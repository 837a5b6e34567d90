"""`rotate`: new data keys, and what the rules say."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.engines.selection import choose
from sopskit.keys.identities import find_identities
from sopskit.keys.pgp import Keyring
from sopskit.sops import formats
from tests.commands.secret_files import PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.test_encrypt import metadata
from tests.commands.workbench import KeyPair, age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["encrypted", "secrets"]


def data_key(content: bytes, name: str, key: KeyPair) -> bytes:
    environ = {"SOPS_AGE_KEY": key.identity}
    file = formats.read(content, formats.format_of(name))
    assert file is not None
    return choose("embedded", find_identities(environ), Keyring(environ)).open(file.metadata, name)


def opens(secrets: Secrets, name: str, key: KeyPair) -> bool:
    """Whether real sops decrypts a file with a key alone."""
    environ = {**os.environ, "SOPS_AGE_KEY": key.identity, "SOPS_DISABLE_VERSION_CHECK": "1"}
    argv = [program("sops"), "decrypt", f"s/{name}"]
    return (
        subprocess.run(argv, cwd=secrets.root, env=environ, capture_output=True, check=False).returncode == 0
    )


def rule(secrets: Secrets, *recipients: str, **fields: str) -> None:
    lines = "".join(f"\n    {name}: {value}" for name, value in fields.items())
    text = f"creation_rules:\n  - path_regex: ^s/\n    age: {','.join(recipients)}{lines}\n"
    secrets.write(".sops.yaml", text.encode())


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_a_new_data_key_and_the_same_plaintext(secrets: Secrets, name: str) -> None:
    before = secrets.read(f"s/{name}")
    result = sopskit("rotate", f"s/{name}")
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith("rotated 1 file\n")
    after = secrets.read(f"s/{name}")
    assert data_key(after, name, secrets.key) != data_key(before, name, secrets.key)
    assert metadata(after, name) == metadata(before, name)
    assert secrets.plaintext(f"s/{name}") == PLAINTEXTS[name]
    assert secrets.up_to_date(f"s/{name}")
    assert len(after.splitlines()) == len(before.splitlines())


def test_recipients_and_selector_follow_the_rule(secrets: Secrets) -> None:
    """Unlike `sops rotate` (getsops/sops#365, #901, #1788)."""
    other = age_key()
    rule(secrets, secrets.key.recipient, other.recipient, encrypted_regex='"^a$"')
    names = [f"s/{name}" for name in PLAINTEXTS]
    result = sopskit("rotate", "--allow-clear", *names)
    assert result.code == 0, result.err
    for name in PLAINTEXTS:
        assert opens(secrets, name, other)
        assert secrets.up_to_date(f"s/{name}")
        assert secrets.plaintext(f"s/{name}") == PLAINTEXTS[name]
    assert b"\nf: 1.5\n" in secrets.read("s/one.yaml")
    assert sopskit("plan").code == 0
    rule(secrets, secrets.key.recipient)
    secrets.commit_all()
    assert sopskit("rotate", *names).code == 0
    for name in PLAINTEXTS:
        assert not opens(secrets, name, other)
        assert secrets.plaintext(f"s/{name}") == PLAINTEXTS[name]


def test_a_file_without_a_rule_keeps_its_recipients(
    secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "one.yaml").write_bytes(secrets.read("s/one.yaml"))
    monkeypatch.chdir(folder)
    result = sopskit("rotate", "one.yaml")
    assert result.code == 0
    assert "no rule claims it" in result.err
    assert metadata((folder / "one.yaml").read_bytes(), "one.yaml") == metadata(
        secrets.read("s/one.yaml"), "one.yaml"
    )
    assert secrets.sops("decrypt", "one.yaml", cwd=folder).out == PLAINTEXTS["one.yaml"]


def test_a_dry_run_shows_what_the_rules_change(secrets: Secrets) -> None:
    other = age_key()
    rule(secrets, secrets.key.recipient, other.recipient)
    secrets.commit_all()
    result = sopskit("rotate", "-n", "s/one.yaml", "s/one.env")
    assert result.code == 1
    assert result.out.count(f"+ {other.recipient[:8]}") == 2
    assert result.out.endswith("2 files to rotate\n")
    assert secrets.changed() == []


def test_all_or_none(secrets: Secrets) -> None:
    secrets.write("s/two.yaml", secrets.read("s/one.yaml").replace(b"type:str", b"type:int", 1))
    secrets.commit_all()
    result = sopskit("rotate", "s/one.yaml", "s/two.yaml", "s/one.env")
    assert (result.code, "s/two.yaml" in result.err) == (6, True)
    assert secrets.changed() == []
    assert sopskit("rotate", "s/one.yaml", "s/no.yaml").code == 6
    assert sopskit("rotate", "s/one.yaml", ".sops.yaml").code == 6
    assert secrets.changed() == []


def test_nobody_locks_himself_out_unasked(secrets: Secrets) -> None:
    rule(secrets, age_key().recipient)
    secrets.commit_all()
    result = sopskit("rotate", "s/one.yaml")
    assert (result.code, "you would lose access to 1 file" in result.err) == (2, True)
    assert sopskit("rotate", "--force", "s/one.yaml").code == 2  # there is no terminal to confirm in
    rule(secrets, "")
    secrets.commit_all()
    assert sopskit("rotate", "s/one.yaml").code == 3
    assert secrets.changed() == []


def test_many_files_in_several_processes(secrets: Secrets) -> None:
    names = [f"s/many/{number:03}.env" for number in range(150)]
    content = secrets.read("s/one.env")
    for name in names:
        secrets.write(name, content)
    assert sopskit("--jobs", "2", "rotate", *names).code == 0
    contents = {name: secrets.read(name) for name in names}
    assert len({data_key(each, "x.env", secrets.key) for each in contents.values()}) == 150
    assert sopskit("decrypt", *names).data == PLAINTEXTS["one.env"] * 150
    assert list((secrets.root / "s/many").glob(".*")) == []
