"""git merge and git diff with sopskit's drivers, on real branches; real sops reads the result."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path


class Merging(NamedTuple):
    """A repository whose git runs our drivers, and the key that opens its files."""

    bench: Workbench
    key: KeyPair

    def write(self, path: str, plaintext: str) -> None:
        """A new file, encrypted by real sops, on the branch `main`."""
        self.bench.write_encrypted(path, plaintext)
        self.bench.commit_all()

    def edit(self, path: str, old: str, new: str) -> None:
        """Change the plaintext of a file."""
        argv = [program("sops"), "edit", path]
        editor = f"{sys.executable} -c {shlex.quote(_REPLACE)} {shlex.quote(old)} {shlex.quote(new)}"
        environ = {"SOPS_AGE_KEY": self.key.identity, "EDITOR": editor, "PATH": "/usr/bin:/bin"}
        subprocess.run(argv, cwd=self.bench.root, env=environ, check=True, capture_output=True)

    def branch(self, name: str, path: str, old: str, new: str) -> None:
        """A branch from `main` with one edit."""
        self.bench.git("checkout", "-q", "-B", name, "main")
        self.edit(path, old, new)
        self.bench.commit_all()

    def merge(self, name: str) -> subprocess.CompletedProcess[str]:
        """Merge a branch."""
        argv = ["git", "merge", "-q", "--no-edit", name]
        return subprocess.run(argv, cwd=self.bench.root, capture_output=True, text=True, check=False)

    def decrypted(self, path: str) -> str:
        """What real sops reads; it checks the MAC."""
        text = self.bench.decrypts(path, self.key.identity)
        assert text is not None
        return text


_REPLACE = """
import pathlib, sys
path = pathlib.Path(sys.argv[3])
text = path.read_text()
assert sys.argv[1] in text
path.write_text(text.replace(sys.argv[1], sys.argv[2]))
"""


@pytest.fixture
def merging(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> Merging:
    key = age_key()
    (empty.root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    (empty.root / ".gitattributes").write_text(
        "".join(f"*.{each} merge=sopskit diff=sopskit\n" for each in ("yaml", "json", "env", "ini", "bin"))
        + ".sops.yaml -merge -diff\n"
    )
    command = f"{sys.executable} -m sopskit"
    empty.git("config", "merge.sopskit.driver", f"{command} merge-driver %O %A %B %P")
    empty.git("config", "diff.sopskit.textconv", f"{command} textconv")
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    empty.commit_all()
    empty.git("branch", "-q", "-M", "main")
    return Merging(empty, key)


NEIGHBOURS = [
    ("s.yaml", "a: one\nb: two\nc: three\n", ("one", "1"), ("two", "2"), "a: 1\nb: 2\nc: three\n"),
    ("s.yaml", "a: one\nb: two\n", ("b: two\n", "b: two\nx: 1\n"), ("b: two\n", "b: two\nz: 2\n"), None),
    ("s.yaml", "m:\n    a: one\n    b: two\n", ("one", "1"), ("    b: two\n", ""), "m:\n    a: 1\n"),
    ("s.yaml", "a: one\nb: two\n", ("a: one", "# why\na: one"), ("two", "2"), "# why\na: one\nb: 2\n"),
    (
        "s.json",
        '{\n\t"a": "one",\n\t"b": "two"\n}',
        ("one", "1"),
        ('"two"', '"two",\n\t"c": "three"'),
        '{\n\t"a": "1",\n\t"b": "two",\n\t"c": "three"\n}\n',
    ),
    ("s.json", '{\n\t"a": "one"\n}', ('"one"', '"one",\n\t"x": "1"'), ('"one"', '"one",\n\t"y": "2"'), None),
    ("s.env", "A=one\nB=two\n", ("one", "1"), ("two", "2"), "A=1\nB=2\n"),
    ("s.ini", "[s]\na = one\nb = two\n", ("one", "1"), ("two", "2"), None),
]


@pytest.mark.parametrize(("path", "text", "ours", "theirs", "merged"), NEIGHBOURS)
def test_two_edits_of_one_file(
    merging: Merging, path: str, text: str, ours: tuple[str, str], theirs: tuple[str, str], merged: str | None
) -> None:
    merging.write(path, text)
    merging.branch("theirs", path, *theirs)
    merging.branch("ours", path, *ours)
    done = merging.merge("theirs")
    assert done.returncode == 0, done.stderr
    found = merging.decrypted(path)
    if merged is not None:
        assert found == merged
    else:
        for new in (ours[1], theirs[1]):
            assert new.splitlines()[-1].strip() in found


def test_values_that_nobody_changed_keep_their_text(merging: Merging) -> None:
    merging.write("s.yaml", "a: one\nb: two\nc: three\n")
    merging.branch("theirs", "s.yaml", "one", "1")
    before = (merging.bench.root / "s.yaml").read_text()
    merging.branch("ours", "s.yaml", "three", "3")
    assert merging.merge("theirs").returncode == 0
    after = (merging.bench.root / "s.yaml").read_text()
    assert re.findall("^b: .*$", before, re.MULTILINE) == re.findall("^b: .*$", after, re.MULTILINE)


def test_a_conflict_stands_around_encrypted_values(merging: Merging) -> None:
    merging.write("s.yaml", "a: one\nb: two\n")
    merging.branch("theirs", "s.yaml", "one", "canary-theirs")
    merging.branch("ours", "s.yaml", "one", "canary-ours")
    merging.edit("s.yaml", "two", "2")
    merging.bench.commit_all()
    done = merging.merge("theirs")
    assert done.returncode == 1
    assert "conflict in s.yaml: a" in done.stderr
    text = (merging.bench.root / "s.yaml").read_text()
    assert re.match(
        r"<<<<<<< ours\na: ENC\[.*\n=======\na: ENC\[.*\n>>>>>>> theirs\nb: ENC\[.*\nsops:\n", text
    )
    assert "canary" not in text + done.stdout + done.stderr

    assert sopskit("reseal", "s.yaml").code == 6  # a side has to be chosen first
    chosen = re.sub(r"<<<<<<<.*?=======\n(.*?)>>>>>>> theirs\n", r"\1", text, flags=re.DOTALL)
    (merging.bench.root / "s.yaml").write_text(chosen)
    assert merging.bench.decrypts("s.yaml", merging.key.identity) is None  # the MAC is that of our side
    assert sopskit("reseal", "s.yaml").code == 0
    assert merging.decrypted("s.yaml") == "a: canary-theirs\nb: 2\n"
    assert "nothing to do" in sopskit("reseal", "s.yaml").err


def test_resealing_takes_no_value_of_another_place(merging: Merging) -> None:
    merging.write("s.yaml", "a: one\nb: two\n")
    path = merging.bench.root / "s.yaml"
    first, second, *rest = path.read_text().splitlines(keepends=True)
    swapped = ["a" + second[1:], "b" + first[1:], *rest]
    path.write_text("".join(swapped))
    result = sopskit("reseal", "s.yaml")
    assert result.code == 6
    assert "s.yaml:1: a: a value does not open" in result.err
    assert path.read_text() == "".join(swapped)


def test_both_sides_add_the_file(merging: Merging) -> None:
    for name, value in (("theirs", "x: 1\n"), ("ours", "z: 2\n")):
        merging.bench.git("checkout", "-q", "-B", name, "main")
        merging.bench.write_encrypted("s.yaml", value)
        merging.bench.commit_all()
    done = merging.merge("theirs")
    assert done.returncode == 0, done.stderr
    assert sorted(merging.decrypted("s.yaml").splitlines()) == ["x: 1", "z: 2"]


def test_recipients_of_both_sides_stay(merging: Merging) -> None:
    merging.write("s.yaml", "a: one\nb: two\n")
    keys = [age_key(), age_key()]
    for name, key, edit in zip(("theirs", "ours"), keys, (("one", "1"), ("two", "2")), strict=True):
        merging.branch(name, "s.yaml", *edit)
        rules = f"creation_rules:\n  - age: {merging.key.recipient},{key.recipient}\n"
        (merging.bench.root / ".sops.yaml").write_text(rules)
        assert sopskit("sync", "--yes").code == 0
        merging.bench.git("checkout", "-q", "main", "--", ".sops.yaml")
        merging.bench.commit_all()
    theirs = merging.bench.git("show", "theirs:s.yaml")
    done = merging.merge("theirs")
    assert done.returncode == 0, done.stderr
    for key in (*keys, merging.key):
        assert merging.bench.decrypts("s.yaml", key.identity) == "a: 1\nb: 2\n"
    stanza = theirs[theirs.index(keys[0].recipient) - 600 : theirs.index(keys[0].recipient)]
    body = re.findall(r"^ +[A-Za-z0-9+/]{64}$", stanza, re.MULTILINE)
    assert body[0] in (merging.bench.root / "s.yaml").read_text()  # taken over as it was


def test_a_rotated_data_key_wins(merging: Merging) -> None:
    """Someone was shut out on one side: an edit on the other side must not let them in again."""
    gone = age_key()
    rules = merging.bench.root / ".sops.yaml"
    alone = rules.read_text()
    rules.write_text(f"creation_rules:\n  - age: {merging.key.recipient},{gone.recipient}\n")
    merging.write("s.yaml", "a: one\nb: two\n")
    merging.branch("edited", "s.yaml", "one", "1")
    merging.bench.git("checkout", "-q", "-B", "rotated", "main")
    rules.write_text(alone)
    assert sopskit("sync", "--yes").code == 0
    merging.bench.commit_all()
    ivs = set(re.findall("iv:([^,]*)", (merging.bench.root / "s.yaml").read_text()))
    merging.bench.git("checkout", "-q", "edited")
    done = merging.merge("rotated")
    assert done.returncode == 0, done.stderr
    assert merging.decrypted("s.yaml") == "a: 1\nb: two\n"
    text = (merging.bench.root / "s.yaml").read_text()
    assert gone.recipient not in text
    assert set(re.findall(r"^b: .*iv:([^,]*)", text, re.MULTILINE)) <= ivs  # that of the new data key


def test_without_a_key_nothing_is_lost(merging: Merging, monkeypatch: pytest.MonkeyPatch) -> None:
    merging.write("s.yaml", "a: one\nb: two\n")
    merging.branch("theirs", "s.yaml", "one", "1")
    merging.branch("ours", "s.yaml", "two", "2")
    ours = (merging.bench.root / "s.yaml").read_text()
    theirs = merging.bench.git("show", "theirs:s.yaml")
    monkeypatch.delenv("SOPS_AGE_KEY")
    done = merging.merge("theirs")
    assert done.returncode == 1
    assert "no identity on this machine opens it" in done.stderr
    text = (merging.bench.root / "s.yaml").read_text()
    assert "<<<<<<< ours\n" in text
    for line in (*ours.splitlines(), *theirs.splitlines()):
        assert line in text


def test_files_that_are_not_encrypted_merge_as_ever(merging: Merging) -> None:
    plain = merging.bench.root / "p.json"
    plain.write_text('{\n"a": 1,\n\n\n\n"b": 2\n}\n')
    merging.bench.commit_all()
    for name, old, new in (("theirs", "1", "3"), ("ours", "2", "4")):
        merging.bench.git("checkout", "-q", "-B", name, "main")
        plain.write_text(plain.read_text().replace(old, new))
        merging.bench.commit_all()
    assert merging.merge("theirs").returncode == 0
    assert json.loads(plain.read_text()) == {"a": 3, "b": 4}


def test_diff_is_readable(merging: Merging, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    merging.write("s.yaml", "a: one\nb: two\n")
    merging.edit("s.yaml", "one", "1")
    lines = merging.bench.git("diff", "--unified=0").splitlines()
    assert lines[-2:] == ["-a: one", "+a: 1"]
    monkeypatch.delenv("SOPS_AGE_KEY")
    assert re.search(r"^\+a: ENC\[", merging.bench.git("diff"), re.MULTILINE)
