"""A file that one NixOS host reads in two formats."""

from __future__ import annotations

from tests.audits.nix.options import AT, found

ID = "nix-two-formats"


def test_two_formats_of_one_file() -> None:
    both = 'secrets.a = { }; sops.secrets.b.format = "binary"'
    assert found(ID, both) == [f"{AT}b reads a.yaml as binary, and a as yaml"]


def test_one_format_or_two_manifests() -> None:
    assert found(ID, 'secrets.a = { }; sops.secrets.b.format = "yaml"') == []
    for_users = 'secrets.a = { }; sops.secrets.b = { format = "binary"; neededForUsers = true; }'
    assert found(ID, for_users) == []
