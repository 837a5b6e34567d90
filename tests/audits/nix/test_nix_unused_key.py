"""A key of a secret file that no NixOS host takes."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, NOVA, encrypted
from tests.audits.nix.options import found

ID = "nix-unused-key"
FILES = {"a.yaml": encrypted(ALICE, NOVA, values=("one", "two"), clear="map:\n    inner: a\n    other: b\n")}


def test_keys_that_nobody_takes() -> None:
    assert found(ID, 'secrets.one = { }; sops.secrets.x.key = "map/inner"', FILES) == [
        "a.yaml:3: no NixOS host takes map/other",
        "a.yaml:5: no NixOS host takes two",
    ]


@pytest.mark.parametrize(
    "option",
    [
        'secrets = { one = { }; two = { }; "map/inner" = { }; "map/other" = { }; }',
        'secrets.x.key = ""',
        "secrets.x.key = y",
        "secrets.one = lib.mkIf y { }",
        "secrets = lib.genAttrs y (name: { })",
        "secrets.one = { }; imports = [ y ]",
    ],
)
def test_nothing_is_said_where_one_thing_cannot_be_told(option: str) -> None:
    assert found(ID, option, FILES) == []
