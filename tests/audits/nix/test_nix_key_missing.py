"""A secret of a NixOS host whose key its file does not have."""

from __future__ import annotations

import pytest

from tests.audits.nix.options import AT, found

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
