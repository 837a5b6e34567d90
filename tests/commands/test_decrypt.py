"""`decrypt`, held against `sops decrypt`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sopskit.engines.selection import choose
from sopskit.keys.identities import find_identities
from sopskit.keys.pgp import Keyring
from sopskit.sops import formats
from sopskit.sops.cipher import Cipher
from sopskit.sops.encryption import sealed_mac
from tests.commands.secret_files import CANARY, PLAINTEXTS, Secrets, encrypted, secrets
from tests.commands.workbench import age_key, sopskit

__all__ = ["encrypted", "secrets"]

FORMATS = {"yaml": "one.yaml", "json": "one.json", "dotenv": "one.env", "ini": "one.ini", "binary": "one.bin"}

PATHS = (
    '["a"]',
    "['a']",
    '["b"]',
    '["b"]["c"]',
    '["b"]["c"][0]',
    '["b"]["c"][1]',
    '["b"]["c"][2]',
    '["b"]["t"]',
    '["f"]',
    '["t"]',
    '["n"]',
    '["m"]',
    '["e"]',
    '["s"]',
    '["s"]["a"]',
    '["data"]',
)


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_the_plaintext_comes_back_byte_for_byte(secrets: Secrets, name: str) -> None:
    result = sopskit("decrypt", f"s/{name}")
    assert (result.code, result.err) == (0, "")
    assert result.data == PLAINTEXTS[name] == secrets.plaintext(f"s/{name}")
    assert secrets.changed() == []


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("output_type", FORMATS)
def test_another_format_is_what_sops_makes_of_it(secrets: Secrets, kind: str, output_type: str) -> None:
    arguments = ("decrypt", "--output-type", output_type, f"s/{FORMATS[kind]}")
    ours, theirs = sopskit(*arguments), secrets.sops(*arguments)
    if theirs.code == 0 and (kind, output_type) == ("binary", "json"):
        assert json.loads(ours.data) == json.loads(theirs.out)  # Go escapes what is no UTF-8
    elif theirs.code == 0:
        assert (ours.code, ours.data) == (0, theirs.out)
    else:
        assert (ours.code, ours.data) == (6, b"")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("path", PATHS)
def test_a_part_is_what_sops_extracts(secrets: Secrets, kind: str, path: str) -> None:
    arguments = ("decrypt", "--extract", path, f"s/{FORMATS[kind]}")
    ours, theirs = sopskit(*arguments), secrets.sops(*arguments)
    if theirs.code == 0:
        assert (ours.code, ours.data) == (0, theirs.out)
    else:
        assert (ours.code, ours.data) == (6, b"")
        assert ours.err.startswith(f"error: s/{FORMATS[kind]}: ")


@pytest.mark.parametrize("path", ['["b"]', '["b"]["c"]', '["b"]["c"][2]', '["b"]["t"]', '["f"]', '["n"]'])
def test_a_part_in_another_format(secrets: Secrets, path: str) -> None:
    for output_type in ("yaml", "json"):
        for name in ("one.yaml", "one.json"):
            arguments = ("decrypt", "--output-type", output_type, "--extract", path, f"s/{name}")
            ours, theirs = sopskit(*arguments), secrets.sops(*arguments)
            assert (ours.code == 0) is (theirs.code == 0)
            assert ours.data == theirs.out or ours.code == 6


@pytest.mark.parametrize("path", ["a", "[a]", '["a"', "[]", "[-1]", '["a]', "[1e3]", ""])
def test_what_is_no_path_is_a_usage_error(secrets: Secrets, path: str) -> None:
    result = sopskit("decrypt", "--extract", path, "s/one.yaml")
    assert (result.code, result.data) == ((2, b"") if path else (0, PLAINTEXTS["one.yaml"]))


def test_a_key_may_hold_brackets_and_quotes(secrets: Secrets) -> None:
    """sops splits at each `[`, so that it never finds them."""
    text = b'"a]": 1\n"b[0]": 2\n\'c"\': 3\n'
    path = secrets.write("s/keys.yaml", text)
    assert secrets.sops("encrypt", "--in-place", str(path)).code == 0
    for part, value in {'["a]"]': b"1\n", '["b[0]"]': b"2\n", '["c""]': b"3\n"}.items():
        assert sopskit("decrypt", "--extract", part, "s/keys.yaml").data == value


def test_several_files_come_one_after_the_other(secrets: Secrets) -> None:
    result = sopskit("decrypt", "s/one.env", "s/one.yaml", "s/one.env")
    assert result.code == 0
    assert result.data == PLAINTEXTS["one.env"] + PLAINTEXTS["one.yaml"] + PLAINTEXTS["one.env"]


def test_nothing_is_printed_where_one_of_several_files_fails(secrets: Secrets) -> None:
    secrets.write("s/two.yaml", secrets.read("s/one.yaml").replace(b"type:str", b"type:int", 1))
    result = sopskit("decrypt", "s/one.yaml", "s/two.yaml", "s/nothing.yaml", "s/one.env")
    assert (result.code, result.data) == (6, b"")
    assert "s/two.yaml:2: a: a value is no int" in result.err
    assert "s/nothing.yaml: there is no such file" in result.err
    assert "error: files that could not be decrypted: 2" in result.err


def test_many_files_in_several_processes(secrets: Secrets) -> None:
    names = [f"s/many/{number:03}.env" for number in range(150)]
    content = secrets.read("s/one.env")
    for name in names:
        secrets.write(name, content)
    result = sopskit("--jobs", "2", "decrypt", *names)
    assert (result.code, result.data) == (0, PLAINTEXTS["one.env"] * 150)
    result = sopskit("--jobs", "2", "decrypt", "--in-place", *names)
    assert result.code == 0
    assert {secrets.read(name) for name in names} == {PLAINTEXTS["one.env"]}


def test_a_file_without_a_rule_outside_of_any_repository(
    secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(secrets.root / "s/one.yaml", folder)
    for place, name in ((folder, "one.yaml"), (tmp_path, str(folder / "one.yaml"))):
        monkeypatch.chdir(place)
        assert sopskit("decrypt", name).data == PLAINTEXTS["one.yaml"]
    assert [path.name for path in folder.iterdir()] == ["one.yaml"]


def test_in_place(secrets: Secrets) -> None:
    (secrets.root / "s/one.yaml").chmod(0o640)
    result = sopskit("decrypt", "-i", "s/one.yaml", "s/one.bin")
    assert (result.code, result.data) == (0, b"")
    assert secrets.read("s/one.yaml") == PLAINTEXTS["one.yaml"]
    assert secrets.read("s/one.bin") == PLAINTEXTS["one.bin"]
    assert (secrets.root / "s/one.yaml").stat().st_mode & 0o777 == 0o640
    assert secrets.changed() == ["s/one.bin", "s/one.yaml"]


def test_in_place_is_all_or_none(secrets: Secrets) -> None:
    secrets.write("s/two.yaml", secrets.read("s/one.yaml").replace(b"type:str", b"type:int", 1))
    secrets.commit_all()
    assert sopskit("decrypt", "-i", "s/one.yaml", "s/two.yaml").code == 6
    assert secrets.changed() == []


def test_in_place_never_throws_the_rest_of_a_file_away(secrets: Secrets) -> None:
    assert sopskit("decrypt", "-i", "--extract", '["a"]', "s/one.yaml").code == 2
    assert secrets.changed() == []


def test_an_output_file_is_for_its_owner_alone(secrets: Secrets, tmp_path: Path) -> None:
    target = tmp_path / "plain"
    target.write_text("before, and longer than what comes\n" * 100)
    target.chmod(0o644)
    assert sopskit("decrypt", "s/one.yaml", "--output", str(target)).code == 0
    assert target.read_bytes() == PLAINTEXTS["one.yaml"]
    assert target.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new" / "plain"
    assert sopskit("decrypt", "s/one.yaml", "-o", str(new)).code == 0
    assert (new.read_bytes(), new.stat().st_mode & 0o777) == (PLAINTEXTS["one.yaml"], 0o600)
    assert new.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_an_output_folder_keeps_the_paths(secrets: Secrets, tmp_path: Path) -> None:
    secrets.write("s/deep/one.yaml", secrets.read("s/one.yaml"))
    out = tmp_path / "out"
    result = sopskit("decrypt", "s/one.yaml", "s/deep/one.yaml", "--output", f"{out}/")
    assert result.code == 0, result.err
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*.yaml")}
    assert found == dict.fromkeys(("s/one.yaml", "s/deep/one.yaml"), PLAINTEXTS["one.yaml"])
    assert sopskit("decrypt", "s/one.yaml", "s/one.env", "-o", str(tmp_path / "file")).code == 2


def test_a_failure_leaves_no_output_file(secrets: Secrets, tmp_path: Path) -> None:
    secrets.write("s/two.yaml", secrets.read("s/one.yaml")[:-200])
    out = tmp_path / "out"
    assert sopskit("decrypt", "s/one.yaml", "s/two.yaml", "--output", f"{out}/").code == 6
    assert not out.exists()
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked/s").mkdir()
    (tmp_path / "blocked/s/one.env").mkdir()
    assert sopskit("decrypt", "s/one.yaml", "s/one.env", "-o", str(tmp_path / "blocked")).code == 6
    assert not (tmp_path / "blocked/s/one.yaml").exists()


def test_an_output_that_is_a_link_is_refused_and_a_pipe_is_written_to(
    secrets: Secrets, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (secrets.root / "out.yaml").symlink_to(victim)
    result = sopskit("decrypt", "s/one.yaml", "-o", "out.yaml")
    assert (result.code, victim.read_text()) == (6, "kept")
    reader, writer = os.pipe()
    assert sopskit("decrypt", "s/one.yaml", "-o", f"/dev/fd/{writer}").code == 0
    assert os.read(reader, 10_000) == PLAINTEXTS["one.yaml"]
    os.close(reader)
    os.close(writer)


def test_standard_input(secrets: Secrets) -> None:
    content = secrets.read("s/one.yaml")
    for arguments in (
        ("--filename-override", "x.yaml"),
        ("--input-type", "yaml"),
        ("--input-type", "yaml", "-"),
    ):
        result = sopskit("decrypt", *arguments, stdin=content)
        assert (result.code, result.data) == (0, PLAINTEXTS["one.yaml"]), result.err
    assert sopskit("decrypt", stdin=content).code == 2
    assert sopskit("decrypt", "-i", "--input-type", "yaml", stdin=content).code == 2
    result = sopskit("decrypt", "--input-type", "yaml", stdin=content[:-100])
    assert (result.code, result.data) == (6, b"")
    assert "standard input" in result.err


def test_a_pipe_that_the_shell_names(secrets: Secrets) -> None:
    """bash's `<(git show HEAD:s/one.yaml)`."""
    reader, writer = os.pipe()
    os.write(writer, secrets.read("s/one.yaml"))
    os.close(writer)
    result = sopskit("decrypt", "--input-type", "yaml", f"/dev/fd/{reader}")
    os.close(reader)
    assert (result.code, result.data) == (0, PLAINTEXTS["one.yaml"])


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_a_wrong_mac_is_an_error_unless_it_is_to_be_ignored(secrets: Secrets, name: str) -> None:
    mac = _other_mac(secrets, name)
    content = re.sub(
        rb"(mac\S*\s*[:=]\s*\"?)ENC\[[^\]]*\]", lambda found: found[1] + mac, secrets.read(f"s/{name}")
    )
    secrets.write(f"s/{name}", content)
    assert secrets.sops("decrypt", f"s/{name}").code == 51
    result = sopskit("decrypt", f"s/{name}")
    assert (result.code, result.data) == (6, b"")
    assert "the MAC does not match" in result.err
    assert sopskit("decrypt", "--ignore-mac", f"s/{name}").data == PLAINTEXTS[name]


@pytest.mark.parametrize("name", PLAINTEXTS)
def test_a_damaged_mac_or_time_can_be_ignored_too(secrets: Secrets, name: str) -> None:
    content = secrets.read(f"s/{name}")
    for old, new in ((b",type:str]", b",type:int]"), (b"T", b"U")):
        place = content.index(b"mac" if old[:1] == b"," else b"lastmodified")
        start = content.index(old, place)
        secrets.write(f"s/{name}", content[:start] + new + content[start + len(old) :])
        assert sopskit("decrypt", f"s/{name}").code == 6
        assert sopskit("decrypt", "--ignore-mac", f"s/{name}").data == PLAINTEXTS[name]


def _other_mac(secrets: Secrets, name: str) -> bytes:
    """A MAC of other values under the file's own data key, at the time that the file names."""
    environ = {"SOPS_AGE_KEY": secrets.key.identity}
    engine = choose("embedded", find_identities(environ), Keyring(environ))
    file = formats.read(secrets.read(f"s/{name}"), formats.format_of(name))
    assert file is not None
    cipher = Cipher(engine.open(file.metadata, name))
    return sealed_mac("0" * 128, cipher, file.metadata.lastmodified).encode()


def test_no_identity_opens_it(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY", age_key().identity)
    result = sopskit("decrypt", "s/one.yaml", "s/one.env")
    assert (result.code, result.data) == (5, b"")
    assert sopskit("decrypt", "-i", "s/one.yaml").code == 5
    assert secrets.changed() == []


def test_a_comment_that_is_not_encrypted_is_told(secrets: Secrets) -> None:
    secrets.write("s/one.yaml", b"# written by anyone\n" + secrets.read("s/one.yaml"))
    result = sopskit("decrypt", "s/one.yaml")
    assert result.code == 0
    assert result.data == b"# written by anyone\n" + PLAINTEXTS["one.yaml"]
    assert "warning: s/one.yaml: the comment in line 1 is not encrypted" in result.err


def _bad(secrets: Secrets) -> dict[str, tuple[bytes, int]]:
    good = secrets.read("s/one.yaml")
    nested = b"[" * 10_000 + b"]" * 10_000
    return {
        "empty.yaml": (b"", 6),
        "plain.yaml": (b"a: 1\n", 6),
        "plain.bin": (b"\0\1\2", 6),
        "zeros.yaml": (b"\0" * 1000, 6),
        "cut.yaml": (good[: len(good) // 2], 6),
        "cut.json": (secrets.read("s/one.json")[:300], 6),
        "conflict.yaml": (
            good.replace(b"\nf: ", b"\n<<<<<<< ours\nf: 1\n=======\nf: 2\n>>>>>>> theirs\nf: ", 1),
            6,
        ),
        "latin.yaml": (good.replace(b"\nf: ", b"\n\xe9: 1\nf: ", 1), 6),
        "deep.yaml": (good + b"deep: " + nested + b"\n", 6),
        "deep.json": (b'{"a": ' + nested + b', "sops": {"mac": "x"}}', 6),
        "bomb.yaml": (
            b"a0: &a0 [x, x]\n"
            + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))
            + good,
            6,
        ),
        "line.env": (b"a=" + b"x" * 10_000_000 + b"\n" + secrets.read("s/one.env"), 6),
    }


def test_bad_input_is_an_error_and_nothing_is_printed(secrets: Secrets) -> None:
    for name, (content, code) in _bad(secrets).items():
        path = secrets.write(f"s/{name}", content)
        for option in ((), ("--in-place",), ("--ignore-mac",)):
            result = sopskit("decrypt", *option, f"s/{name}")
            if name == "line.env" and option == ("--ignore-mac",):
                continue  # a clear value is read then, whatever its length
            assert (result.code, result.data) == (code, b""), (name, option, result.err)
            assert f"s/{name}" in result.err
            assert CANARY not in result.err
        assert path.read_bytes() == content


def test_what_is_no_file_is_an_error(secrets: Secrets) -> None:
    os.mkfifo(secrets.root / "s/pipe.yaml")
    (secrets.root / "s/dangling.yaml").symlink_to("nowhere.yaml")
    for name in ("s", "s/pipe.yaml", "s/dangling.yaml", "s/no.yaml", "no/no.yaml", "s/one.yaml/x", "a\0b"):
        for option in ((), ("--in-place",)):
            result = sopskit("decrypt", *option, name)
            assert (result.code, result.data) == (6, b""), (name, option, result.err)


def test_links_are_followed_inside_of_the_repository_and_read_only_files_stay(
    secrets: Secrets, tmp_path: Path
) -> None:
    (secrets.root / "inside.yaml").symlink_to("s/one.yaml")
    outside = tmp_path / "outside.yaml"
    shutil.copy(secrets.root / "s/one.yaml", outside)
    (secrets.root / "outside.yaml").symlink_to(outside)
    assert sopskit("decrypt", "inside.yaml", "outside.yaml").data == PLAINTEXTS["one.yaml"] * 2
    before = outside.read_bytes()
    assert sopskit("decrypt", "-i", "outside.yaml").code == 3
    assert outside.read_bytes() == before
    assert sopskit("decrypt", "-i", "inside.yaml", "s/one.yaml").code == 0
    assert secrets.read("s/one.yaml") == PLAINTEXTS["one.yaml"]
    assert (secrets.root / "inside.yaml").is_symlink()
    (secrets.root / "s/one.env").chmod(0o444)
    result = sopskit("decrypt", "-i", "s/one.env")
    assert (result.code, "is read-only" in result.err) == (6, True)


def test_a_reader_that_goes_away_is_no_bug(secrets: Secrets) -> None:
    command = f"{sys.executable} -m sopskit decrypt s/one.yaml | true; exit ${{PIPESTATUS[0]}}"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(["bash", "-c", command], env=environ, capture_output=True, check=False)
    assert done.returncode in (0, 6)
    assert done.stderr == b""
