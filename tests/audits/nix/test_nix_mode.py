"""A secret of a NixOS host whose mode sops-nix does not read."""

from __future__ import annotations

import pytest

from tests.audits.nix.options import AT, found

ID = "nix-mode"


@pytest.mark.parametrize("mode", ["u=r", "0o400", "999", "", "200000"])
def test_a_mode_that_is_not_read(mode: str) -> None:
    assert found(ID, f'secrets.x.mode = "{mode}"')[0].startswith(AT)


@pytest.mark.parametrize("mode", ["0777", "4755", "0400", "400"])
def test_a_mode_that_is_read(mode: str) -> None:
    assert found(ID, f'secrets.x.mode = "{mode}"') == []
