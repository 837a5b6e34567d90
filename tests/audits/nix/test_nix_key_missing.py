"""A secret of a NixOS host whose key its file does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import example
from tests.audits.examples import found as findings
from tests.audits.nix.files import BINARY_FILE
from tests.audits.nix.options import AT, found, repository

if TYPE_CHECKING:
    from pathlib import Path

ID = "nix-key-missing"


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("secrets.token = { }", "token"),
        ('secrets.x.key = "password/inner"', "password/inner"),
        ('secrets."a/b" = { }', "a/b"),
    ],
)
def test_a_key_that_is_not_there(option: str, key: str) -> None:
    (message,) = found(ID, option)
    assert message.startswith(f"{AT}a.yaml has no key {key}, which the secret ")


@pytest.mark.parametrize(
    "option",
    [
        "secrets.password = { }",
        'secrets.x.key = "password"',
        'secrets.x.key = ""',
        'secrets.x.format = "binary"',
        "secrets.x.key = y",
        "secrets.x = lib.mkIf y { }",
        "secrets.x.sopsFile = ./not-there.yaml",
    ],
)
def test_a_key_that_is_there_or_not_told(option: str) -> None:
    assert found(ID, option) == []


def test_of_a_binary_file_that_is_read_as_yaml_the_hint_is_its_format(tmp_path: Path) -> None:
    files = repository("secrets.x.sopsFile = ../../b.bin", {"b.bin": BINARY_FILE})
    (finding,) = findings(ID, example(tmp_path, files))
    assert "binary is that of its suffix" in finding.hint
