"""Values of the repository's own secret files, found in clear elsewhere; encrypted by real sops."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import random
import zipfile
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from sopskit.scanner.baseline import parse
from sopskit.scanner.results import _fingerprint
from tests.commands.workbench import Result, Workbench, age_key, sopskit
from tests.docs.schemas import validate
from tests.scanner.built_in import CACHE

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "wF7-kq2/Zr9+Lx4&"
TOKEN = "q9Xv_3mTz-81Lr.0Pd"
CHANCE = random.Random(3)
LINES = "\n".join(base64.b64encode(CHANCE.randbytes(48)).decode() for _ in range(6))

PLAINTEXTS = {
    "a.yaml": f"db:\n    password: {PASSWORD}\n    user: shop_admin\n    port: 5432\n",
    "b.json": json.dumps({"list": [{"hook_url": f"https://chat.acme.org/hooks/{TOKEN}"}]}),
    "c.env": "API=Ty6-Wq82.mnB4z\nHOST=db.acme.org\n",
    "d.ini": "[mail]\nsecret = hV5+gL0=pQ7_xs\n",
    "e.key": f"-----BEGIN PRIVATE KEY-----\n{LINES}\n-----END PRIVATE KEY-----\n",
    "f.bin": "\x00\x01keystore" + "".join(map(chr, range(1, 120))),
}


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """An empty repository, where we are."""
    bench = Workbench(tmp_path / "repository")
    bench.root.mkdir()
    bench.git("init", "--quiet", "--initial-branch", "main")
    monkeypatch.chdir(bench.root)
    return bench


@pytest.fixture
def bench(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Files of five formats that our key opens."""
    key = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    (empty.root / ".sops.yaml").write_text(f"creation_rules:\n    - age: {key.recipient}\n")
    for name, text in PLAINTEXTS.items():
        empty.write_encrypted(f"s/{name}", text)
    empty.commit_all()
    return empty


def scan(*arguments: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(sopskit("scan", "--known", "--format", "json", *arguments).out)
    validate("scan", document)
    return document


def known(*arguments: str) -> list[tuple[str, int, str]]:
    """Path, line and message of each known value that is found."""
    found = scan(*arguments)["findings"]
    return [(each["path"], each["line"], each["message"]) for each in found if each["id"] == "known-secret"]


def test_the_encrypted_files_hold_none_of_their_values(bench: Workbench) -> None:
    result = sopskit("scan", "--known")
    assert (result.code, result.out.splitlines()[:1]) == (0, ["no findings in 7 files; 0.0 MB read"])
    assert "looked for 6 values of 6 secret files; 3 were too short or too common" in result.err
    assert scan()["summary"]["known"] == {"files": 6, "values": 6, "left_out": 3}


@pytest.mark.parametrize(
    ("leak", "file"),
    [
        (f"x\n y = '{PASSWORD}'", "s/a.yaml, db.password"),
        (f"x\nurl: postgres://u:{quote(PASSWORD, safe='')}@h/d", "s/a.yaml, db.password"),
        (f"x\n{base64.b64encode(b'u:' + PASSWORD.encode()).decode()}", "s/a.yaml, db.password"),
        (f"x\n{PASSWORD.encode().hex()}", "s/a.yaml, db.password"),
        (f"x\ncurl https://chat.acme.org/hooks/{TOKEN} -d x", "s/b.json, list.hook_url"),
        ("x\nTy6-Wq82.mnB4z", "s/c.env, API"),
        ("x\nhV5+gL0=pQ7_xs", "s/d.ini, mail.secret"),
        (f"x\n{json.dumps({'key': LINES})}", "s/e.key"),
        (f"x\n{base64.b64encode(PLAINTEXTS['e.key'].encode()).decode()}", "s/e.key"),
        (f"x\n{base64.b64encode(PLAINTEXTS['f.bin'].encode()).decode()}", "s/f.bin"),
    ],
)
def test_a_value_in_clear_names_its_file_and_key(bench: Workbench, leak: str, file: str) -> None:
    (bench.root / "leak").write_text(leak)
    ((path, line, message),) = known()
    assert (path, line) == ("leak", 2)
    assert f"alue of {file} in clear: " in message


def test_files_and_lines_of_a_key_are_one_finding(bench: Workbench) -> None:
    for ending in ("\n", "\r\n"):
        (bench.root / "key").write_text(PLAINTEXTS["e.key"].replace("\n", ending))
        ((path, line, message),) = known()
        assert (path, line) == ("key", 2)
        assert message.startswith("Part of the value of s/e.key in clear")


def test_in_a_zip_and_within_a_kubernetes_secret(bench: Workbench) -> None:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("conf", f"a\n{PASSWORD}")
    (bench.root / "a.zip").write_bytes(output.getvalue())
    (bench.root / "b.gz").write_bytes(gzip.compress(PASSWORD.encode()))
    data = base64.b64encode(PASSWORD.encode()).decode()
    (bench.root / "secret.yaml").write_text(f"kind: Secret\ndata:\n  password: {data}\n")
    (bench.root / "wide").write_bytes(f"a\n{PASSWORD}".encode("utf-16"))
    found = scan()["findings"]
    assert [(each["path"], each["id"]) for each in found] == [
        ("a.zip", "known-secret"),
        ("b.gz", "known-secret"),
        ("secret.yaml", "known-secret"),
        ("wide", "known-secret"),
    ]


def test_the_index_alone(bench: Workbench) -> None:
    (bench.root / "new").write_text(PASSWORD)
    bench.git("add", "new")
    (bench.root / "new").write_text("clean")
    assert known() == []
    assert [path for path, *_ in known("--staged")] == ["new"]


def test_history_and_range(bench: Workbench) -> None:
    (bench.root / "old").write_text(f"a\n{PASSWORD}\n")
    bench.commit_all()
    (bench.root / "old").unlink()
    bench.commit_all()
    assert known() == []
    assert [found[:2] for found in known("--history")] == [("old", 2)]
    assert [found[:2] for found in known("--range", "HEAD~2..HEAD")] == [("old", 2)]


def test_what_was_clean_is_read_again_for_other_values(bench: Workbench) -> None:
    (bench.root / "old").write_text("Zx81-hgT5.mcK0w")
    bench.commit_all()
    assert known("--history") == []
    assert sopskit("scan", "--history").code == 0
    bench.write_encrypted("s/g.yaml", "token: Zx81-hgT5.mcK0w\n")
    assert [path for path, *_ in known("--history")] == ["old"]
    (bench.root / "s/g.yaml").unlink()
    assert known("--history") == []


def test_standard_input(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.write(writing, f"a\nb {PASSWORD}".encode())
    os.close(writing)
    saved = os.dup(0)
    try:
        os.dup2(reading, 0)
        assert [found[:2] for found in known("-")] == [("-", 2)]
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(reading)


def test_files_that_do_not_open_are_named_and_fail_the_run(bench: Workbench) -> None:
    other = age_key()
    (bench.root / ".sops.yaml").write_text(f"creation_rules:\n    - age: {other.recipient}\n")
    bench.write_encrypted("theirs.yaml", "a: Zx81-hgT5.mcK0w\n")
    (bench.root / "leak").write_text(f"Zx81-hgT5.mcK0w {PASSWORD}")
    result = sopskit("scan", "--known", "--format", "json")
    document = json.loads(result.out)
    assert result.code == 6
    assert [each["path"] for each in document["skipped"]] == ["theirs.yaml"]
    assert [each["id"] for each in document["findings"]] == ["known-secret"]
    (bench.root / ".sopskit.toml").write_text(
        '[scan]\nignore = [{ id = "unread", path = "theirs.yaml", reason = "another machine" }]\n'
    )
    result = sopskit("scan", "--known")
    assert result.code == 1
    assert "1 file not read, or not to the end, as the settings accept" in result.err


def test_no_identity_at_all(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOPS_AGE_KEY")
    result = sopskit("scan", "--known")
    assert result.code == 5
    assert "opens any of the secret files here (6)" in result.err


def test_without_secret_files(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    result = sopskit("scan", "--known")
    assert result.code == 0
    assert "no secret file here" in result.err


def test_a_comment_a_setting_and_the_baseline_accept_it(bench: Workbench) -> None:
    leak = bench.root / "leak"
    leak.write_text(f"{PASSWORD} # sopskit: ignore[known-secret]\n")
    assert sopskit("scan", "--known").code == 0
    leak.write_text(f"{PASSWORD}\n")
    assert sopskit("scan", "--known", "--fail-on", "never").code == 0
    assert sopskit("scan", "--known", "--write-baseline").code == 0
    assert sopskit("scan", "--known").code == 0
    assert (
        sopskit(
            "set", "s/a.yaml", '["db"]["password"]', "--string", "--value-stdin", stdin=b"Nb3-xW8/tY1+cV6"
        ).code
        == 0
    )
    leak.write_text("Nb3-xW8/tY1+cV6\n")
    assert sopskit("scan", "--known").code == 1, "another value in the same place is a new one"


def test_a_baseline_says_nothing_of_the_value(bench: Workbench) -> None:
    """Whoever guesses the value cannot tell from the baseline, whose key is in it, that it is the one."""
    (bench.root / "leak").write_text(PASSWORD)
    sopskit("scan", "--known", "--write-baseline")
    known_before = parse((bench.root / ".sopskit-baseline.json").read_bytes())
    (entry,) = known_before.entries
    guess = _fingerprint("known-secret", PASSWORD.encode())
    content = f"known-secret\0{guess}".encode()
    assert blake2b(content, key=known_before.key, digest_size=16).hexdigest() != entry


def texts_of(result: Result) -> str:
    return result.out + result.err


@pytest.mark.parametrize("shape", ["text", "json", "sarif", "github"])
def test_no_output_and_no_file_has_more_than_four_characters(bench: Workbench, shape: str) -> None:
    """Canary: values in any form, in what is printed and in what the git directory remembers."""
    (bench.root / "leak").write_text(f"{PASSWORD}\n{LINES}\n{TOKEN}\nhV5+gL0=pQ7_xs\nTy6-Wq82.mnB4z\n")
    bench.commit_all()
    said = texts_of(sopskit("scan", "--known", "-v", "--format", shape))
    said += texts_of(sopskit("scan", "--known", "--history", "--format", shape))
    kept = b"".join(path.read_bytes() for path in (bench.root / ".git").glob("sopskit*") if path.is_file())
    for value in (PASSWORD, TOKEN, "hV5+gL0=pQ7_xs", "Ty6-Wq82.mnB4z", *LINES.split("\n")):
        for start in range(len(value) - 5):
            assert value[start : start + 6] not in said
            assert value[start : start + 6].encode() not in kept


def test_nothing_is_written_but_what_is_remembered(bench: Workbench, tmp_path: Path) -> None:
    before = {path for path in bench.root.rglob("*") if ".git" not in path.parts}
    known()
    known("--history")
    assert {path for path in bench.root.rglob("*") if ".git" not in path.parts} == before


def test_pre_receive_has_no_work_tree(bench: Workbench) -> None:
    assert sopskit("scan", "--known", "--pre-receive").code == 2
