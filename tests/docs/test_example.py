"""`.sops.yaml.example` is one that sopskit and sops read, and that says what its comments say."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sopskit.sops_yaml.reading import load
from tests.docs.pages import ROOT
from tests.programs import program

_EXAMPLE = ROOT / ".sops.yaml.example"
_ADMIN = Path(__file__).with_name("admin.asc")

#: A file for each rule, in order.
_FILES = (
    "clusters/home/secret.sops.yaml",
    "hosts/cedar/network.yaml",
    "hosts/maple/network.yaml",
    "offline/root.yaml",
    "anything.yaml",
)


def test_no_field_is_unknown_and_every_rule_can_be_used() -> None:
    document = load(_EXAMPLE.read_bytes(), _EXAMPLE.name)
    assert [rule.unknown_fields for rule in document.rules] == [()] * len(_FILES)
    assert [rule.error for rule in document.rules] == [None] * len(_FILES)
    assert [document.rule_for(path) for path in _FILES] == list(document.rules)


def test_every_key_has_a_name_and_is_used() -> None:
    document = load(_EXAMPLE.read_bytes(), _EXAMPLE.name)
    assert [key.problem for key in document.keys] == [None] * len(document.keys)
    used = {member.anchor for rule in document.rules for member in rule.members}
    assert used == {key.name for key in document.keys}
    roles = {host.name: host.role for host in document.hosts()}
    assert roles == {"admin": "user", "cedar": "machine", "maple": "machine", "cluster": "machine"}


def test_age_and_pgp_keys_share_one_group_but_for_the_last_example() -> None:
    document = load(_EXAMPLE.read_bytes(), _EXAMPLE.name)
    assert [len(rule.groups) for rule in document.rules] == [1, 1, 1, 2, 1]
    kinds = {member.recipient.kind for member in document.rules[0].members}
    assert kinds == {"age", "pgp"}


@pytest.mark.parametrize("path", _FILES)
def test_sops_encrypts_by_every_rule(path: str, tmp_path: Path, gnupg_home: Path) -> None:
    subprocess.run([program("gpg"), "--quiet", "--import", str(_ADMIN)], check=True)
    shutil.copy(_EXAMPLE, tmp_path / ".sops.yaml")
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("kind: Secret\ndata:\n    password: example\n")
    argv = [program("sops"), "encrypt", "--in-place", path]
    environment = {**os.environ, "SOPS_DISABLE_VERSION_CHECK": "1"}
    subprocess.run(argv, cwd=tmp_path, env=environment, check=True)
    assert "password: ENC[" in target.read_text()
    assert ("kind: Secret" in target.read_text()) is path.startswith("clusters/")
