"""An owner of a secret that is there before any user is."""

from __future__ import annotations

from tests.audits.nix.options import AT, found

ID = "nix-owner-ignored"


def test_an_owner_that_is_ignored() -> None:
    both = 'secrets.x = { neededForUsers = true; owner = "db"; }'
    assert found(ID, both) == [AT + "x is needed for users, and its owner is ignored"]
    assert found(ID, 'secrets.x = { neededForUsers = true; owner = "root"; }') == []
    assert found(ID, 'secrets.x = { owner = "db"; }') == []
