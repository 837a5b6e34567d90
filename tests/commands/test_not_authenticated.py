"""docs/explanation/what-sops-does-not-authenticate.md: each row, tried with real sops and with us."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.commands.tampering import TAMPERS, Enc, Vault, bench, comment, encs, values, vault, with_setting
from tests.commands.workbench import Workbench, age_key, sopskit
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.commands.workbench import Result

__all__ = ["bench", "vault"]

PAGE = ROOT / "docs/explanation/what-sops-does-not-authenticate.md"


class Read(NamedTuple):
    """What sops and we made of a file."""

    theirs: str | None
    ours: Result

    def agreed(self) -> str:
        """The plaintext, which is the same for both."""
        assert self.ours.code == 0, self.ours.err
        assert self.ours.out == self.theirs
        return self.ours.out


class Bench(NamedTuple):
    """What a row is tried with."""

    work: Workbench
    vault: Vault

    def text(self, name: str) -> str:
        """A file that sops encrypted."""
        return self.vault.text("sops", name)

    def encrypted(self, name: str, plaintext: str) -> str:
        """Another."""
        self.work.write_encrypted(name, plaintext)
        return (self.work.root / name).read_text()

    def read(self, name: str, text: str) -> Read:
        """Decrypt a text under that name."""
        (self.work.root / name).write_text(text)
        return Read(self.work.decrypts(name, self.vault.key.identity), sopskit("decrypt", name))

    def same(self, name: str, text: str) -> None:
        """Both read the text as what the file was."""
        assert text != self.text(name)
        assert self.read(name, text).agreed() == self.work_plaintext(name)

    def work_plaintext(self, name: str) -> str | None:
        """What sops reads in the file as it was."""
        return Workbench(self.vault.folder).decrypts(f"sops/{name}", self.vault.key.identity)

    def planned(self) -> str:
        """What the plan says of the difference."""
        result = sopskit("-v", "plan")
        assert result.code == 1, result.err
        return result.out


def _type(row: Bench) -> None:
    number = next(enc for enc in values(row.text("t.json")) if enc.match["type"] == "int")
    plain = row.read("t.json", number.replaced("str", "type")).agreed()
    assert json.loads(plain)["group"]["list"][2] == "7"


def _comment_moved(row: Bench) -> None:
    for name, plain in (("c.yaml", "# one\na: x\n# two\nb: z\n"), ("c.env", "# one\na=x\n# two\nb=z\n")):
        text = row.encrypted(name, plain)
        one, two = (enc.text for enc in encs(text) if enc.match["type"] == "comment")
        assert row.read(name, text.replace(f"#{one}\n", "")).agreed() == plain.replace("# one\n", "")
        exchanged = text.replace(one, "-").replace(two, one).replace("-" + "\n", two + "\n", 1)
        back = row.read(name, exchanged).agreed()
        assert back.index("# two") < back.index("# one")


def _first_comment(text: str) -> Enc:
    found = comment(text)
    assert found is not None
    return found


def _comment_clear(row: Bench) -> None:
    for name in ("t.yaml", "t.env", "t.ini"):
        clear = "forged" if name == "t.ini" else " forged"
        found = row.read(name, _first_comment(row.text(name)).replaced(clear))
        assert "forged" in found.agreed()
        assert "the comment in line 1 is not encrypted" in found.ours.err


def _comment_spaced(row: Bench) -> None:
    enc = _first_comment(row.text("t.yaml"))
    found = row.read("t.yaml", enc.replaced(" " + enc.text))
    assert enc.text in found.agreed()
    assert "the comment in line 1 is not encrypted" in found.ours.err


def _comment_damaged(row: Bench) -> None:
    for name in ("t.yaml", "t.env", "t.ini"):
        changed = TAMPERS["comment changed"](row.text(name))
        assert changed is not None
        found = row.read(name, changed)
        assert "ENC[AES256_GCM" in (found.theirs or "")
        assert (found.ours.code, found.ours.data) == (6, b"")


def _names(row: Bench) -> None:
    for name in ("t.yaml", "t.json", "t.env"):
        text = row.text(name)
        for old in ("shown_unencrypted", "empty", *(["nothing"] if "nothing" in text else [])):
            assert f"x{old}" in row.read(name, text.replace(old, f"x{old}")).agreed()


def _nothing(row: Bench) -> None:
    for name in ("t.yaml", "t.json"):
        text = row.text(name)
        for line in ("nothing", "empty"):
            gone = re.sub(rf'.*"?{line}"?: .*\n', "", text)
            assert line not in row.read(name, gone).agreed()
    text = row.text("t.json")
    added = text.replace('"nothing": null', '"nothing": [],\n\t"more": {},\n\t"last": null')
    assert json.loads(row.read("t.json", added).agreed())["more"] == {}


def _nesting(row: Bench) -> None:
    text = row.text("t.json")
    found = row.read("t.json", values(text)[3].replaced("@").replace('"@"', f'["{values(text)[3].text}"]'))
    for plain in (found.ours.out, found.theirs or ""):
        assert [type(item) for item in json.loads(plain)["group"]["list"]] == [list, str, int]


def _documents(row: Bench) -> None:
    text = row.encrypted("d.yaml", "a: x\n---\nb: z\n")
    first, second = re.split(r"(?m)^---\n", text)
    joined = second.partition("sops:")[0] + first
    assert row.read("d.yaml", joined).theirs is None  # the order is that of the MAC
    joined = first.replace("sops:", second.partition("sops:")[0] + "sops:", 1)
    assert row.read("d.yaml", joined).agreed() == "a: x\nb: z\n"


def _ini_twice(row: Bench) -> None:
    found = row.read("t.ini", row.text("t.ini").replace("[group]\n", "[group]\nfirst = forged\n"))
    assert found.theirs == row.work_plaintext("t.ini")
    first, again = re.findall("first *= .*", found.ours.out)
    assert first.split() == again.split()
    assert "forged" not in found.ours.out


def _behind_json(row: Bench) -> None:
    for name in ("t.json", "t.bin"):
        found = row.read(name, row.text(name) + '{"forged": 1}')
        assert found.agreed() == row.work_plaintext(name)
    assert (
        "what stood behind the end of the JSON was dropped"
        in row.read("t.json", row.text("t.json") + "x").ours.err
    )


def _refused(what: str) -> Callable[[Bench], None]:
    def refused(row: Bench) -> None:
        for name in ("t.yaml", "t.json", "t.env", "t.ini", "t.bin"):
            changed = TAMPERS[what](row.text(name))
            assert changed is not None
            found = row.read(name, changed)
            assert found.theirs == row.work_plaintext(name)
            assert (found.ours.code, found.ours.data) == (6, b"")

    return refused


def _stanzas(row: Bench) -> None:
    other = age_key().recipient
    rules = row.work.root / ".sops.yaml"
    rules.write_text(f"creation_rules:\n    - age: {row.vault.key.recipient},{other}\n")
    text = row.encrypted("t.yaml", "a: x\n")
    start, end = text.index("        - enc: |"), text.index("    lastmodified")
    one, two = re.split(r"(?m)^(?=        - enc)", text[start:end])[1:]
    theirs, ours = (one, two) if other in one else (two, one)
    damaged = re.sub(r"(?m)^( {12}[A-Za-z0-9+/]{20})", r"\1AAAA", theirs)
    assert row.read("t.yaml", text.replace(theirs, damaged)).agreed() == "a: x\n"
    assert row.read("t.yaml", text.replace(theirs, "")).agreed() == "a: x\n"
    assert f"+ {other[:10]}" in row.planned()
    third = age_key().recipient
    added = theirs.replace(other, third)
    assert row.read("t.yaml", text.replace(theirs, theirs + added)).agreed() == "a: x\n"
    assert f"- {third[:10]}" in row.planned()
    assert ours in text


def _recipient(row: Bench) -> None:
    other = age_key().recipient
    row.same("t.yaml", row.text("t.yaml").replace(row.vault.key.recipient, other))
    assert f"- {other[:10]}" in row.planned()


def _selector(row: Bench) -> None:
    keys = "^(first|second|group|other|nothing|empty)$"
    row.same("t.json", with_setting(row.text("t.json"), "encrypted_regex", keys))
    assert "encrypted_regex" in row.planned()
    assert sopskit("set", "--value-stdin", "t.json", '["later"]', stdin=b'"readable"').code == 0
    assert "readable" in (row.work.root / "t.json").read_text()
    assert sopskit("rotate", "t.json").code == 0
    assert "readable" not in (row.work.root / "t.json").read_text()
    assert sopskit("plan").code == 0


def _version(row: Bench) -> None:
    for name in ("t.yaml", "t.json", "t.env", "t.ini", "t.bin"):
        row.same(name, row.text(name).replace("3.13.3", "9.9.9"))
        for zone in ("+00:00", ".5Z"):
            row.same(name, re.sub(r"(lastmodified.*\d\d:\d\d:\d\d)Z", rf"\g<1>{zone}", row.text(name)))


def _no_version(row: Bench) -> None:
    found = row.read("t.env", re.sub("sops_version=.*\n", "", row.text("t.env")))
    assert found.theirs is None
    assert found.ours.out == row.work_plaintext("t.env")


def _another_file(row: Bench) -> None:
    row.encrypted("production.yaml", "a: production\n")
    staging = row.encrypted("staging.yaml", "a: staging\n")
    assert row.read("production.yaml", staging).agreed() == "a: staging\n"


def _older(row: Bench) -> None:
    older = row.encrypted("t.yaml", "a: older\n")
    assert sopskit("set", "--value-stdin", "t.yaml", '["a"]', stdin=b'"newer"').code == 0
    assert row.read("t.yaml", older).agreed() == "a: older\n"


# The first words of a row -> what is tried.
_ROWS: dict[str, Callable[[Bench], None]] = {
    "the type of a value": _type,
    "a comment: removed": _comment_moved,
    "a comment: replaced by one in clear": _comment_clear,
    "a comment: put behind a space": _comment_spaced,
    "a comment: damaged": _comment_damaged,
    "the name of a value": _names,
    "a null, an empty text": _nothing,
    "how lists are nested": _nesting,
    "where a YAML document ends": _documents,
    "the first of two lines of one INI key": _ini_twice,
    "text behind the object of a JSON file": _behind_json,
    "bits that base64 does not use": _refused("iv: bits behind the last byte"),
    "text behind the closing bracket": _refused("text behind it"),
    "the stanzas of others": _stanzas,
    "the recipient that a stanza names": _recipient,
    "the selector": _selector,
    "the version, and another spelling": _version,
    "the version left out": _no_version,
    "the name of the file": _another_file,
    "the age of the file": _older,
}


@pytest.mark.parametrize("row", _ROWS)
def test_a_row_is_what_sops_and_we_do(bench: Workbench, vault: Vault, row: str) -> None:
    _ROWS[row](Bench(bench, vault))


def test_every_row_is_tried() -> None:
    rows = re.findall(r"^\| (.*?) \|", PAGE.read_text(), re.MULTILINE)[1:]
    assert len(rows) == len(_ROWS)
    for row, tried in zip(rows, _ROWS, strict=True):
        assert row.startswith(tried)
