"""A secret file that cannot be read in the format in which a NixOS host reads it."""

from __future__ import annotations

import pytest

from tests.audits.nix.files import BINARY_FILE, DOTENV_FILE, JSON_FILE
from tests.audits.nix.options import AT, found

ID = "nix-format"
FILES = {"b.json": JSON_FILE, "b.env": DOTENV_FILE, "b.bin": BINARY_FILE}


def secret(path: str, kind: str = "") -> str:
    said = f'format = "{kind}"; ' if kind else ""
    return f"secrets.x = {{ sopsFile = ../../{path}; {said}}}"


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("b.env", "", "yaml"),
        ("a.yaml", "json", "json"),
        ("a.yaml", "binary", "binary"),
        ("b.env", "json", "json"),
        ("b.json", "dotenv", "dotenv"),
    ],
)
def test_another_format(path: str, kind: str, said: str) -> None:
    message = f"{AT}{path} cannot be read as {said}, which the secret x does"
    assert found(ID, secret(path, kind), FILES) == [message]


@pytest.mark.parametrize(
    ("path", "kind"),
    [("a.yaml", ""), ("b.json", "json"), ("b.json", ""), ("b.env", "dotenv"), ("b.bin", "binary")],
)
def test_its_own_format(path: str, kind: str) -> None:
    assert found(ID, secret(path, kind), FILES) == []


def test_the_default_format() -> None:
    assert found(ID, f'defaultSopsFormat = "dotenv"; sops.{secret("b.env")}', FILES) == []
