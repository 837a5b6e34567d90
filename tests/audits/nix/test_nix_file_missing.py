"""A secret of a NixOS host whose file is not there."""

from __future__ import annotations

from tests.audits.nix.options import AT, found

ID = "nix-file-missing"


def test_a_file_that_is_not_there() -> None:
    message = "the secret x is in hosts/nova/b.yaml, which is not there"
    assert found(ID, "secrets.x.sopsFile = ./b.yaml") == [AT + message]
    assert found(ID, "secrets.x.sopsFile = ../../a.yaml") == []
    assert found(ID, "secrets.x.sopsFile = if y then ./b.yaml else ../../a.yaml") == []
