"""`set` and `unset`, held against `sops set` and `sops unset`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.secret_files import PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.test_interactive import ENTER, Session
from tests.commands.workbench import Result, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["encrypted", "secrets"]

SECRET = "canary-d7e21b"

SETS = [
    ("one.yaml", '["a"]', '"new"'),
    ("one.yaml", '["a"]', "true"),
    ("one.yaml", '["a"]', "null"),
    ("one.yaml", '["a"]', "1.5"),
    ("one.yaml", '["a"]', '""'),
    ("one.yaml", '["a"]', '"two\\nlines\\n"'),
    ("one.yaml", '["a"]', '"yes"'),
    ("one.yaml", '["a"]', '{"x": 1, "y": {"z": [1, {"s": 2.5}]}}'),
    ("one.yaml", '["a"]', "{}"),
    ("one.yaml", '["a"]["x"]', '"below what was a text"'),
    ("one.yaml", '["new"]', '"last"'),
    ("one.yaml", '["new"]["deep"][3]["y"]', '"made"'),
    ("one.yaml", '["b"]["c"][1]', '"y"'),
    ("one.yaml", '["b"]["c"][2]["d"]', '"y"'),
    ("one.yaml", '["b"]["c"][9]', '"appended"'),
    ("one.yaml", '["b"]', '"instead of a mapping"'),
    ("one.yaml", '["m"]', '"one line"'),
    ("one.json", '["a"]', '"new"'),
    ("one.json", '["b"]["c"][1]', '{"k": "<&>"}'),
    ("one.json", '["b"]["c"][9]', '"appended"'),
    ("one.json", '["new"]["deep"]', "false"),
    ("one.env", '["a"]', '"x=y # z"'),
    ("one.env", '["a"]', '"two\\nlines"'),
    ("one.env", '["new"]', '"last"'),
    ("one.ini", '["s"]["a"]', '"new"'),
    ("one.ini", '["s"]["n"]', '"new"'),
    ("one.ini", '["n"]["n"]', '"new"'),
    ("one.bin", '["data"]', '"new"'),
]

UNSETS = [
    ("one.yaml", '["a"]'),
    ("one.yaml", '["b"]'),
    ("one.yaml", '["b"]["c"]'),
    ("one.yaml", '["b"]["c"][0]'),
    ("one.yaml", '["b"]["c"][2]'),
    ("one.yaml", '["b"]["c"][2]["d"]'),
    ("one.yaml", '["n"]'),
    ("one.yaml", '["m"]'),
    ("one.json", '["a"]'),
    ("one.json", '["b"]["c"][1]'),
    ("one.json", '["n"]'),
    ("one.env", '["a"]'),
    ("one.ini", '["s"]["a"]'),
    ("one.ini", '["t"]'),
]


def values(secrets: Secrets, name: str) -> object:
    """What real sops reads in a file, comments left out."""
    output_type = "binary" if name.endswith(".bin") else "json"
    done = secrets.sops("decrypt", "--output-type", output_type, name)
    assert done.code == 0, done.err
    return done.out if output_type == "binary" else json.loads(done.out)


def set_value(name: str, path: str, value: str, *options: str) -> Result:
    return sopskit("set", "--value-stdin", *options, name, path, stdin=value.encode())


@pytest.mark.parametrize(("name", "path", "value"), SETS)
def test_a_value_is_set_as_sops_sets_it(secrets: Secrets, name: str, path: str, value: str) -> None:
    secrets.write(f"theirs/{name}", secrets.read(f"s/{name}"))
    theirs = secrets.sops("set", "--value-stdin", f"theirs/{name}", path, stdin=value.encode())
    assert theirs.code == 0
    result = set_value(f"s/{name}", path, value)
    assert (result.code, result.out, result.err) == (0, "", f"wrote s/{name}\n")
    assert values(secrets, f"s/{name}") == values(secrets, f"theirs/{name}")


@pytest.mark.parametrize(("name", "path"), UNSETS)
def test_a_value_is_removed_as_sops_removes_it(secrets: Secrets, name: str, path: str) -> None:
    secrets.write(f"theirs/{name}", secrets.read(f"s/{name}"))
    assert secrets.sops("unset", f"theirs/{name}", path).code == 0
    result = sopskit("unset", f"s/{name}", path)
    assert (result.code, result.err) == (0, f"wrote s/{name}\n")
    assert values(secrets, f"s/{name}") == values(secrets, f"theirs/{name}")


@pytest.mark.parametrize("name", ["one.yaml", "one.json", "one.env", "one.ini"])
def test_the_diff_is_the_value_and_what_says_that_it_changed(secrets: Secrets, name: str) -> None:
    path = '["s"]["a"]' if name == "one.ini" else '["a"]'
    assert set_value(f"s/{name}", path, '"new"').code == 0
    removed = secrets.removed_lines(f"s/{name}")
    assert len(removed) == 3
    assert [bool(re.search(r"\ba\b|mac|lastmodified", line)) for line in removed] == [True] * 3


def test_a_number_is_an_integer(secrets: Secrets) -> None:
    """`sops set` makes a float of it, but only at the top of the value; `sops edit` does not."""
    assert set_value("s/one.yaml", '["a"]', "5").code == 0
    assert re.search(rb"^a: ENC\[.*,type:int\]$", secrets.read("s/one.yaml"), re.MULTILINE)
    assert secrets.sops("decrypt", "--extract", '["a"]', "s/one.yaml").out == b"5\n"
    assert set_value("s/one.env", '["a"]', "5").code == 0
    assert secrets.sops("decrypt", "--extract", '["a"]', "s/one.env").out == b"5"


def test_a_list_may_be_set(secrets: Secrets) -> None:
    """sops refuses one, since its JSON reader wants an object at the top."""
    assert set_value("s/one.yaml", '["a"]', '[1, [], {"x": "y"}]').code == 0
    assert secrets.sops("decrypt", "--output-type", "json", "--extract", '["a"]', "s/one.yaml").out == (
        b'[\n\t1,\n\t[],\n\t{\n\t\t"x": "y"\n\t}\n]'
    )


@pytest.mark.parametrize("option", [(), ("--idempotent",)])
def test_nothing_is_written_where_nothing_changes(secrets: Secrets, option: tuple[str, ...]) -> None:
    for path, value in (
        ('["f"]', "1.5"),
        ('["t"]', "true"),
        ('["n"]', "null"),
        ('["b"]["c"][2]', '{"d": "e"}'),
    ):
        result = set_value("s/one.yaml", path, value, *option)
        assert (result.code, "stays as it is" in result.err) == (0, True)
    assert secrets.changed() == []
    assert set_value("s/one.yaml", '["t"]', "1", *option).code == 0
    assert secrets.changed() == ["s/one.yaml"]


def test_a_text_as_it_is(secrets: Secrets, tmp_path: Path) -> None:
    for content, text in (
        ("plain", "plain"),
        ("a line\n", "a line"),
        ("a line\r\n", "a line"),
        ("two\nlines\n", "two\nlines\n"),
        ('"quoted"', '"quoted"'),
        ("", ""),
        ("\n", ""),
        ("\n\n", "\n\n"),
    ):
        assert set_value("s/one.json", '["a"]', content, "--string").code == 0
        assert sopskit("decrypt", "--extract", '["a"]', "s/one.json").data == text.encode()
        assert secrets.sops("decrypt", "--extract", '["a"]', "s/one.json").out == text.encode()
    path = tmp_path / "value"
    path.write_text('{"k": "v"}')
    assert sopskit("set", "--value-file", str(path), "s/one.json", '["a"]').code == 0
    assert sopskit("decrypt", "--extract", '["a"]["k"]', "s/one.json").data == b"v"
    assert sopskit("set", "--value-file", str(path), "--string", "s/one.json", '["a"]').code == 0
    assert sopskit("decrypt", "--extract", '["a"]', "s/one.json").data == b'{"k": "v"}'


@pytest.mark.parametrize(
    "arguments",
    [
        ("s/one.yaml", '["a"]', SECRET),
        ("s/one.yaml", '["a"]', SECRET, SECRET),
        ("s/one.yaml", SECRET),
        ("s/one.yaml", f'["a"] {SECRET}'),
        ("s/one.yaml", '["a"]', "--value", SECRET),
        ("s/one.yaml", '["a"]', f"--value={SECRET}"),
        ("s/one.yaml", '["a"]', f"--password={SECRET}"),
        ("s/one.yaml", '["a"]', f"--string={SECRET}"),
        ("s/one.yaml", '["a"]'),
    ],
)
def test_a_value_is_no_argument_and_is_not_repeated(secrets: Secrets, arguments: tuple[str, ...]) -> None:
    result = sopskit("set", *arguments)
    assert (result.code, result.out) == (2, "")
    assert SECRET not in result.err
    assert secrets.changed() == []


def test_a_value_that_is_no_json_is_not_repeated(secrets: Secrets) -> None:
    broken = (
        SECRET,
        f'"{SECRET}',
        f'{{"{SECRET}": 1, "{SECRET}": 2}}',
        f'"{SECRET}" "x"',
        f'["{SECRET}", NaN]',
        f'["{SECRET}", "\\ud800"]',
        f'["{SECRET}", "\\udc80"]',
        f'["{SECRET}", 18446744073709551615]',
        "[" * 300 + f'"{SECRET}"' + "]" * 300,
        "[" * 100_000,
        "",
    )
    for value in broken:
        result = set_value("s/one.yaml", '["a"]', value)
        assert (result.code, SECRET in result.err) == (6, False), value[:50]
    assert sopskit("set", "--value-stdin", "s/one.yaml", '["a"]', stdin=b'"\xff"').code == 6
    assert secrets.changed() == []


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("one.yaml", '["b"][0]', '"x"'),
        ("one.yaml", "[0]", '"x"'),
        ("one.yaml", '["b"]["c"]["k"]', '"x"'),
        ("one.yaml", '["sops"]', '"x"'),
        ("one.env", '["a"]["x"]', '"x"'),
        ("one.env", '["sops_x"]', '"x"'),
        ("one.env", '["a"]', "{}"),
        ("one.ini", '["s"]', '"x"'),
        ("one.bin", '["x"]', '"x"'),
    ],
)
def test_a_place_that_cannot_be_is_an_error(secrets: Secrets, name: str, path: str, value: str) -> None:
    """sops panics, writes nothing and says "written", or writes what it does not read."""
    result = set_value(f"s/{name}", path, value)
    assert (result.code, result.out) == (6, "")
    assert secrets.changed() == []


def test_what_is_not_there_is_not_removed(secrets: Secrets) -> None:
    for path in ('["x"]', '["b"]["c"][3]', '["b"][0]', '["a"]["x"]'):
        result = sopskit("unset", "s/one.yaml", path)
        assert (result.code, "s/one.yaml: has nothing at" in result.err) == (6, True)
        result = sopskit("unset", "--idempotent", "s/one.yaml", path)
        assert (result.code, "stays as it is" in result.err) == (0, True)
    assert sopskit("unset", "s/one.yaml", '["a"]', "more").code == 2
    assert secrets.changed() == []


def test_a_file_that_cannot_be_changed_stays(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets.root / "s/one.env").chmod(0o444)
    assert set_value("s/one.env", '["a"]', '"x"').code == 6
    assert set_value("s/no.yaml", '["a"]', '"x"').code == 6
    assert set_value("no/no.yaml", '["a"]', '"x"').code == 6
    secrets.write("s/plain.yaml", b"a: 1\n")
    assert set_value("s/plain.yaml", '["a"]', '"x"').code == 6
    secrets.write("s/one.yaml", secrets.read("s/one.yaml").replace(b"type:float", b"type:str", 1))
    assert set_value("s/one.yaml", '["a"]', '"x"').code == 0  # the label is not authenticated
    secrets.write(
        "s/one.json", re.sub(rb"\n\t\"n\": null,?", b'\n\t"f2": 1', secrets.read("s/one.json"), count=1)
    )
    assert set_value("s/one.json", '["a"]', '"x"').code == 6
    monkeypatch.setenv("SOPS_AGE_KEY", age_key().identity)
    assert set_value("s/one.ini", '["s"]["a"]', '"x"').code == 5


def test_a_value_typed_in_a_terminal_is_not_shown(secrets: Secrets) -> None:
    session = Session("set", "s/one.yaml", '["a"]')
    session.waits_for('value of ["a"]')
    session.types(SECRET, ENTER)
    session.waits_for("wrote s/one.yaml")
    assert session.exit_code() == 0
    assert SECRET not in session.screen()
    assert secrets.plaintext("s/one.yaml") == re.sub(
        rb"a: \S+", b"a: " + SECRET.encode(), PLAINTEXTS["one.yaml"], count=1
    )
