"""`sopskit nix`: check, manifest, snippet and bootstrap."""

from __future__ import annotations

import json
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, NOVA, encrypted, write
from tests.audits.nix.files import DOTENV_FILE, JSON_FILE
from tests.audits.nix.options import repository
from tests.commands.workbench import age_key, sopskit
from tests.docs.schemas import validate

if TYPE_CHECKING:
    from pathlib import Path

HOST = "hosts/nova/default.nix"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in git whose host nova takes one secret."""
    root = tmp_path / "repository"
    root.mkdir()
    write(root, repository("secrets.password = { }"))
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path))
    for arguments in (["init", "-q"], ["add", "--all"], ["commit", "-q", "-m", "files"]):
        subprocess.run(["git", *arguments], check=True)
    return root


def test_check_finds_what_nix_hosts_will_not_get_and_nothing_else(root: Path) -> None:
    assert sopskit("nix", "check").code == 0
    write(root, repository("secrets.token = { }", {"empty.yaml": ""}))
    result = sopskit("nix", "check", "--format", "json")
    document = json.loads(result.out)
    validate("nix-check", document)
    assert result.code == 1
    assert [each["id"] for each in document["findings"]] == ["nix-unused-key", "nix-key-missing"]
    assert f"{HOST}:3" in sopskit("nix", "check").out
    assert sopskit("nix", "check", "a.yaml").code == 0
    assert f"file={HOST},line=3" in sopskit("nix", "check", "--format", "github").out


def test_what_nobody_can_tell_is_said(root: Path) -> None:
    write(root, repository("secrets.x.sopsFile = y"))
    result = sopskit("nix", "check")
    assert (result.code, f"cannot tell: {HOST}:3: a file: y is not known" in result.err) == (0, True)
    document = json.loads(sopskit("nix", "check", "--format", "json").out)
    validate("nix-check", document)
    assert [each["line"] for each in document["unclear"]] == [3]


def test_the_manifest_has_what_was_read_and_names_what_was_not(root: Path) -> None:
    result = sopskit("nix", "manifest", "nova")
    (secret,) = json.loads(result.out)["secrets"]
    assert result.code == 0
    assert (secret["key"], secret["format"], secret["mode"]) == ("password", "yaml", "0400")
    assert secret["sopsFile"] == str(root / "a.yaml")
    write(root, repository("secrets = { password = { }; x.key = y; u.neededForUsers = true; }"))
    result = sopskit("nix", "manifest", "nova")
    assert [each["name"] for each in json.loads(result.out)["secrets"]] == ["password"]
    assert (result.code, "cannot be told: x" in result.err) == (1, True)
    users = json.loads(sopskit("nix", "manifest", "nova", "--for-users").out)
    assert [each["path"] for each in users["secrets"]] == ["/run/secrets-for-users/u"]
    assert sopskit("nix", "manifest", "other").code == 2


@pytest.mark.parametrize("folder", ["/nix/store/0123456789abcdfghijklmnpqrsvwxyz-source/", "{root}/"])
def test_a_manifest_takes_the_place_of_what_was_read(root: Path, folder: str) -> None:
    manifest = {
        "secrets": [{"name": "password", "key": "other", "sopsFile": folder.format(root=root) + "a.yaml"}]
    }
    file = root.parent / "manifest.json"
    file.write_text(json.dumps(manifest))
    result = sopskit("nix", "check", "--manifest", f"nova={file}")
    assert (result.code, f"{HOST}:3" in result.out, "no key other" in result.out) == (1, True, True)
    file.write_text("[]")
    assert sopskit("nix", "check", "--manifest", f"nova={file}").code == 6
    assert sopskit("nix", "check", "--manifest", "nova").code == 2


def test_a_snippet_declares_what_a_host_reads_and_is_read_back(root: Path) -> None:
    values = ("password", "odd ${name} \\\\")
    files = {
        "secrets/a b.yaml": encrypted(ALICE, NOVA, values=values, clear="map:\n    inner: a\nnumber: 1\n"),
        "secrets/b.json": JSON_FILE,
        "secrets/c.env": DOTENV_FILE.replace(ALICE, NOVA),
        "secrets/alice.yaml": encrypted(ALICE),
    }
    write(root, files)
    result = sopskit("nix", "snippet", "nova", "--at", "hosts/nova/sops.nix")
    assert result.code == 0
    assert "number: it is no text" in result.err
    assert "alice.yaml" not in result.out
    write(root, {"hosts/nova/sops.nix": result.out, HOST: "{ imports = [ ./sops.nix ]; }"})
    assert sopskit("nix", "check").code == 0
    taken = {each["name"]: each for each in json.loads(sopskit("nix", "manifest", "nova").out)["secrets"]}
    assert {name: (each["format"], each["key"]) for name, each in taken.items()} == {
        "password": ("yaml", "password"),
        "secrets/a b/password": ("yaml", "password"),
        values[1]: ("yaml", values[1]),
        "map/inner": ("yaml", "map/inner"),
        "token": ("json", "token"),
        "c.env": ("dotenv", ""),
    }


@pytest.fixture
def own(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules with a key of this machine."""
    key = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    rules = f"keys:\n  - users:\n      - &me {key.recipient}\n  - hosts:\n      - &server_nova {NOVA}\n"
    rules += "creation_rules:\n  - path_regex: ^a\\.yaml$\n    key_groups:\n      - age:\n"
    write(root, {".sops.yaml": rules + "          - *me\n          - *server_nova\n"})
    write(root, {"a.yaml": encrypted(key.recipient, NOVA)})


@pytest.mark.usefixtures("own")
def test_bootstrap_adds_a_host_with_a_rule_a_file_and_a_key(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = root.parent / "extra"
    result = sopskit("nix", "bootstrap", "vega", "--extra-files", str(extra), "--yes")
    assert result.code == 0, result.err
    key = extra / "var/lib/sops-nix/key.txt"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((extra / "var").stat().st_mode) == 0o755
    identity = key.read_text().splitlines()[-1]
    assert identity.startswith("AGE-SECRET-KEY-1")
    assert identity not in result.out + result.err
    assert "path_regex: ^secrets/vega\\.yaml$" in (root / ".sops.yaml").read_text()
    assert f"nixos-anywhere --extra-files {extra}" in result.err
    assert "sopsFile = ./secrets/vega.yaml;" in result.out
    assert sopskit("plan").code == 0
    monkeypatch.setenv("SOPS_AGE_KEY", identity)
    assert sopskit("decrypt", "secrets/vega.yaml").out.startswith("example: ")
    assert sopskit("nix", "snippet", "vega").out == result.out


@pytest.mark.usefixtures("own")
def test_bootstrap_with_a_key_that_is_there_and_what_it_refuses(root: Path) -> None:
    extra = root / "extra"
    assert sopskit("nix", "bootstrap", "vega", "--yes").code == 2
    assert sopskit("nix", "bootstrap", "nova", "--key", ALICE, "--yes").code == 2
    refused = sopskit("nix", "bootstrap", "vega", "--extra-files", str(extra), "--yes")
    assert (refused.code, "does not belong in a work tree" in refused.err) == (2, True)
    away = root.parent / "away"
    assert sopskit("nix", "bootstrap", "vega", "--extra-files", str(away), "--dry-run").code == 1
    assert not away.exists()
    assert not extra.exists()
    assert not (root / "secrets").exists()
