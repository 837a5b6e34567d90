"""What is no secret file, and what is a broken one: never a crash, never a hang."""

from __future__ import annotations

import contextlib
import time

import pytest

from sopskit.errors import BrokenFileError
from sopskit.sops import formats
from sopskit.sops.formats import Format, format_of
from tests.sops.shapes import MAC, SHAPES

YAML = SHAPES["struct.yaml"][0]
JSON = SHAPES["struct.json"][0]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b.yaml", Format.YAML),
        ("b.yml", Format.YAML),
        ("b.json", Format.JSON),
        (".env", Format.DOTENV),
        ("b.ini", Format.INI),
        ("b.YAML", Format.BINARY),
        ("b.env.local", Format.BINARY),
        ("b", Format.BINARY),
    ],
)
def test_format_of(path: str, expected: Format) -> None:
    assert format_of(path) is expected


def test_a_number_of_any_length_is_read_over() -> None:
    number = "1" * 5_000
    text = JSON.replace("{", f'{{"big": {number}, "bigger": -{number}.5e{number},', 1)
    assert formats.read(text.encode(), Format.JSON) is not None
    assert formats.read(f'{{"big": {number}}}'.encode(), Format.JSON) is None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.yaml", b""),
        ("a.yaml", b"a: 1\n"),
        ("a.yaml", b"sops: hello\n"),
        ("a.yaml", b"sops:\n  enabled: true\n"),
        ("a.yaml", b"a: [sops\n"),
        ("a.yaml", b"sops: {{ template }}\n"),
        ("a.yaml", b"kind: ConfigMap\ndata:\n  s.yaml: |\n    " + YAML.replace("\n", "\n    ").encode()),
        ("a.yaml", b'text: "\nsops:\n  mac: ENC[AES256_GCM,\n"\n'),
        ("a.yaml", b"\xff sops"),
        ("a.json", b'{"sops": 1}'),
        ("a.json", b'["sops"]'),
        ("a.json", b"sops"),
        ("a.env", b"sops_dir=/x\n"),
        ("a.ini", b"[sops]\ndir = /x\n"),
        ("a.ini", b"sops without any"),
        ("a", b"#!/bin/sh\nsops -d x\n"),
        ("a", b"\x00sops\xff"),
        ("a.md", b"`mac: ENC[AES256_GCM,data:...]` is what sops writes"),
    ],
)
def test_plaintext(name: str, data: bytes) -> None:
    assert formats.read(data, format_of(name)) is None


CONFLICT = "<<<<<<< HEAD\n{0}=======\n{0}>>>>>>> other\n"


@pytest.mark.parametrize(
    ("name", "text", "message", "line"),
    [
        ("a.yaml", YAML.replace("    gcp_kms: []\n", CONFLICT.format("    gcp_kms: []\n")), "conflict", 8),
        ("a.json", JSON.replace('    "kms": null,\n', CONFLICT.format('    "kms": null,\n')), "conflict", 4),
        ("a.env", CONFLICT.format("sops_version=1\n") + SHAPES["old.env"][0], "conflict", 1),
        ("a.ini", SHAPES["triple.ini"][0] + CONFLICT.format("version = 1\n"), "conflict", 9),
        ("a.yaml", YAML[: YAML.index("    mac:")], "mac is missing", None),
        ("a.yaml", YAML.replace("    mac: ", "    mac: &m "), "anchor", 13),
        ("a.yaml", YAML.replace("azure_kv: []", "azure_kv: *m"), "anchor", 9),
        ("a.yaml", YAML.replace("azure_kv: []", "azure_kv: ]"), "no valid YAML", 9),
        ("a.yaml", YAML + "sops:\n  mac: x\n", "two keys", 2),
        ("a.yaml", "a: 1\n---\n" + YAML, "first YAML document", 4),
        ("a.yaml", YAML.replace("3.5.0", "3.5.\0"), "NUL", 24),
        ("a.yaml", YAML.replace("kms:\n", "age:\n", 1), "stands twice", None),
        ("a.yaml", f"a: {MAC}\nsops: text\n", "no mapping", 2),
        ("a.yaml", f"  a: {MAC}\n  sops:\n    mac: x\n", "indented", None),
        ("a.json", JSON[: JSON.index('"pgp"')], "cut off", 16),
        ("a.json", "\ufeff" + JSON, "byte order mark", 1),
        ("a.json", JSON.replace('"a"', '"sops": 1, "a"'), "two keys", 3),
        ("a.json", JSON.replace('"mac"', '"max"'), "mac is missing", None),
        ("a.env", SHAPES["old.env"][0].replace("\n", "\r\n"), "CRLF", None),
        ("a.env", SHAPES["old.env"][0].replace("list_0", "list_1"), "gap", None),
        ("a.env", SHAPES["old.env"][0] + "\nsops_mac=x\n", "stands twice", None),
        ("a.env", SHAPES["old.env"][0] + "\nnothing\n", "no =", 8),
        ("a.ini", SHAPES["triple.ini"][0] + "[sops]\n", "two sections", 9),
        ("a.ini", SHAPES["triple.ini"][0].replace('\n"""', "\n"), "not closed", 2),
    ],
)
def test_broken(name: str, text: str, message: str, line: int | None) -> None:
    with pytest.raises(BrokenFileError, match=message) as error:
        formats.read(text.encode(), format_of(name))
    assert error.value.line == line
    assert error.value.hint


@pytest.mark.parametrize(
    ("key", "value"), [("kms", "x"), ("shamir_threshold", "x"), ("key_groups", "[1]"), ("age", "[1]")]
)
def test_wrong_shapes(key: str, value: str) -> None:
    text = f"a: {MAC}\nsops:\n  {key}: {value}\n  mac: {MAC}\n  lastmodified: x\n"
    with pytest.raises(BrokenFileError):
        formats.read(text.encode(), Format.YAML)


def test_two_selectors() -> None:
    text = YAML + "    encrypted_regex: x\n"
    with pytest.raises(BrokenFileError, match="unencrypted_suffix and encrypted_regex"):
        formats.read(text.encode(), Format.YAML)


NESTED = {
    "data in blocks.yaml": "x:\n  " + "- " * 100_000 + "y\n" + YAML,
    "data in brackets.yaml": "x: " + "[" * 10_000 + "]" * 10_000 + "\n" + YAML,
    "open brackets.yaml": "x: " + "{a: " * 10_000 + "\n" + YAML,
    "metadata in blocks.yaml": YAML.replace("azure_kv: []", "azure_kv:\n  " + "- " * 100_000),
    "metadata in brackets.yaml": YAML.replace("azure_kv: []", "azure_kv: " + "[" * 100_000),
    "many keys.yaml": "sops:\n" * 20_000 + YAML,
    "data.json": JSON.replace("{", '{"x": ' + "[" * 10_000 + "]" * 10_000 + ",", 1),
    "metadata.json": JSON.replace("null", "[" * 500 + "]" * 500, 1),
    "names.env": SHAPES["old.env"][0] + "\nsops_x" + "__map_a" * 10_000 + "=1\n",
    "quotes.ini": '[a]\nb="""x\n' * 10_000 + SHAPES["triple.ini"][0],
}


@pytest.mark.parametrize("name", NESTED)
def test_hostile_nesting_ends_soon(name: str) -> None:
    start = time.process_time()
    with contextlib.suppress(BrokenFileError):
        formats.read(NESTED[name].encode(), format_of(name))
    assert time.process_time() - start < 5


def test_fifty_megabytes() -> None:
    data = (f"key: {MAC}\n" * 900_000).encode() + YAML.encode()
    assert len(data) > 50_000_000
    start = time.process_time()
    file = formats.read(data, Format.YAML)
    assert file is not None
    assert len(file.with_groups(file.metadata.groups, 0)) == len(data)
    assert time.process_time() - start < 10
