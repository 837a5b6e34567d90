"""A value that a NixOS host takes, and that is no text."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, NOVA, encrypted
from tests.audits.nix.files import VALUE
from tests.audits.nix.options import AT, found

ID = "nix-value-not-text"
CLEAR = "number: 1\ntruth: true\nnothing: null\nplain: text\nlist: [a]\nmap:\n    inner: a\n" + "".join(
    f"enc_{kind}: {VALUE.replace('type:str', f'type:{kind}')}\n" for kind in ("int", "float", "bool")
)
FILES = {"a.yaml": encrypted(ALICE, NOVA, clear=CLEAR)}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("number", "int"),
        ("truth", "bool"),
        ("nothing", "null"),
        ("list", "list"),
        ("map", "map"),
        ("enc_int", "int"),
        ("enc_float", "float"),
        ("enc_bool", "bool"),
    ],
)
def test_no_text(key: str, kind: str) -> None:
    message = f"{AT}{key} in a.yaml is no text but of the type {kind}"
    assert found(ID, f"secrets.{key} = {{ }}", FILES) == [message]


@pytest.mark.parametrize("key", ["password", "plain", "map/inner", "missing"])
def test_a_text_or_none(key: str) -> None:
    assert found(ID, f'secrets."{key}" = {{ }}', FILES) == []


def test_what_takes_the_whole_file_takes_no_value() -> None:
    assert found(ID, 'secrets.map.key = ""', FILES) == []
