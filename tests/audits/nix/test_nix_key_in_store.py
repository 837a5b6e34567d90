"""A private key of a NixOS host that would land in the Nix store."""

from __future__ import annotations

import pytest

from tests.audits.nix.options import AT, found

ID = "nix-key-in-store"


@pytest.mark.parametrize("path", ["./key.txt", '"${self}/key.txt"', "/var/lib/key.txt", '"${./key.txt}"'])
def test_a_key_in_the_store(path: str) -> None:
    message = "is a path that Nix copies into its store, where everyone reads it"
    assert found(ID, f"age.keyFile = {path}") == [f"{AT}sops.age.keyFile {message}"]
    assert found(ID, f"age.sshKeyPaths = [ {path} ]") == [f"{AT}sops.age.sshKeyPaths {message}"]


def test_a_key_on_the_machine() -> None:
    assert found(ID, 'age.keyFile = "/var/lib/key.txt"') == []
