"""A nested key that a NixOS host takes out of a JSON file."""

from __future__ import annotations

from tests.audits.nix.files import JSON_FILE
from tests.audits.nix.options import AT, found

ID = "nix-nested-key"
FILES = {"b.json": JSON_FILE}


def secret(key: str, kind: str = "json") -> str:
    return f'secrets.x = {{ sopsFile = ../../b.json; format = "{kind}"; key = "{key}"; }}'


def test_a_nested_key() -> None:
    message = f"{AT}x takes the nested key map/inner in the format json"
    assert found(ID, secret("map/inner"), FILES) == [message]
    assert found("nix-key-missing", secret("map/inner"), FILES) == []


def test_a_top_level_key_and_other_formats() -> None:
    assert found(ID, secret("token"), FILES) == []
    assert found(ID, secret("map/inner", "yaml"), FILES) == []
    assert found(ID, secret("map/inner", "binary"), FILES) == []
