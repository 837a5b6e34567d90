"""Ways to change the text of an encrypted file, for files of every format that are laid out as sops does."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Tamper = Callable[[str], str | None]

CANARY = "canary-7be204"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

#: The first two values are strings, of a length that gives their base64 a padding.
PLAINTEXTS = {
    "t.yaml": f"""\
# head
first: {CANARY}
second: {CANARY} two
group:
    inner: {CANARY}
    list:
        - {CANARY} x
        - {CANARY} y
        - 7
other:
    leaf: two
nothing: null
empty: ""
shown_unencrypted: clear
""",
    "t.json": f"""\
{{
	"first": "{CANARY}",
	"second": "{CANARY} two",
	"group": {{
		"inner": "{CANARY}",
		"list": [
			"{CANARY} x",
			"{CANARY} y",
			7
		]
	}},
	"other": {{
		"leaf": "two"
	}},
	"nothing": null,
	"empty": "",
	"shown_unencrypted": "clear"
}}
""",
    "t.env": f"# head\nfirst={CANARY}\nsecond={CANARY} two\nempty=\nshown_unencrypted=clear\n",
    "t.ini": (
        f"; head\n[group]\nfirst = {CANARY}\nsecond = {CANARY} two\nempty =\n\n"
        "[other]\nleaf = two\nshown_unencrypted = clear\n"
    ),
    "t.bin": f"{CANARY}\0\xff\n",
}

NAMES = tuple(PLAINTEXTS)
AUTHORS = ("sops", "sopskit")


class Vault(NamedTuple):
    """Encrypted files: `folder/AUTHOR/NAME`."""

    key: KeyPair
    folder: Path

    def text(self, author: str, name: str) -> str:
        return (self.folder / author / name).read_text()


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Files of all formats, encrypted once by sops and once by us."""
    key, folder = age_key(), tmp_path_factory.mktemp("vault")
    (folder / ".sops.yaml").write_text(f"creation_rules:\n    - age: {key.recipient}\n")
    bench = Workbench(folder)
    for name, plaintext in PLAINTEXTS.items():
        bench.write_encrypted(f"sops/{name}", plaintext)
        ours = folder / "sopskit" / name
        ours.parent.mkdir(exist_ok=True)
        ours.write_text(plaintext)
        assert sopskit("encrypt", "-i", str(ours)).code == 0
        theirs, own = (bench.decrypts(f"{author}/{name}", key.identity) for author in AUTHORS)
        assert theirs == own is not None
    return Vault(key, folder)


@pytest.fixture
def bench(empty: Workbench, vault: Vault, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workbench:
    """A repository whose rule claims everything; the identity is set, and an editor that changes the file."""
    shutil.copy(vault.folder / ".sops.yaml", empty.root)
    monkeypatch.setenv("SOPS_AGE_KEY", vault.key.identity)
    monkeypatch.setenv("EDITOR", "sh -c 'touch edited; echo >> \"$1\"' -")
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    return empty


class Enc(NamedTuple):
    """One `ENC[...]` of a text: where it and its parts stand."""

    match: re.Match[str]

    @property
    def text(self) -> str:
        """The whole of it."""
        return self.match[0]

    def replaced(self, new: str, part: str | None = None) -> str:
        """The file's text with something else in the place of it, or of one part."""
        start, end = self.match.span(part or 0)
        return self.match.string[:start] + new + self.match.string[end:]

    def after(self, new: str) -> str:
        """The file's text with something behind it."""
        return self.replaced(self.text + new)


_ENC = re.compile(
    r"ENC\[AES256_GCM,data:(?P<data>[^,]*),iv:(?P<iv>[^,]*),tag:(?P<tag>[^,]*),type:(?P<type>\w+)\]"
)
_MAC = re.compile(rf'mac"?\s*[:=]\s*"?(?={_ENC.pattern})')


def encs(text: str) -> Iterator[Enc]:
    """The encrypted values and comments of a text, without the MAC."""
    mac = mac_of(text).match.start()
    return (Enc(match) for match in _ENC.finditer(text) if match.start() != mac)


def values(text: str) -> list[Enc]:
    """The encrypted values."""
    return [enc for enc in encs(text) if enc.match["type"] != "comment"]


def comment(text: str) -> Enc | None:
    """The first encrypted comment."""
    return next((enc for enc in encs(text) if enc.match["type"] == "comment"), None)


def mac_of(text: str) -> Enc:
    """The MAC."""
    found = _MAC.search(text)
    assert found is not None
    match = _ENC.match(text, found.end())
    assert match is not None
    return Enc(match)


def with_setting(text: str, name: str, value: str) -> str:
    """The text with another setting in the place of `unencrypted_suffix`."""
    return re.sub(
        r'unencrypted_suffix("?\s*[:=]\s*"?)_unencrypted', lambda found: f"{name}{found[1]}{value}", text
    )


def with_flag(text: str, name: str) -> str:
    """The text with a further setting that is true."""
    return re.sub(
        r'(?m)^(.*)unencrypted_suffix("?\s*[:=]\s*)("?)_unencrypted.*\n',
        lambda found: f"{found[0]}{found[1]}{name}{found[2]}true{',' if found[3] else ''}\n",
        text,
    ).replace('_unencrypted"\n', '_unencrypted",\n')


def stanza_with(text: str, row: int, column: int) -> str:
    """The text with another character in the armor of its first stanza."""
    rows = list(re.compile("[A-Za-z0-9+/]{64}").finditer(text, text.index("BEGIN AGE")))
    return _other(text, rows[row].start() + column)


def _other(text: str, position: int) -> str:
    """The text with another base64 character at a position."""
    return text[:position] + ("A" if text[position] != "A" else "B") + text[position + 1 :]


def _first(change: Callable[[Enc], str]) -> Tamper:
    return lambda text: change(values(text)[0])


def _typed(kind: str) -> Tamper:
    return _first(lambda enc: enc.replaced(kind, "type"))


def _parts() -> Iterator[tuple[str, Tamper]]:
    """Every class of change of each base64 part of a value."""
    for part in ("data", "iv", "tag"):

        def changed(change: Callable[[str], str], part: str = part) -> Tamper:
            return _first(lambda enc: enc.replaced(change(enc.match[part]), part))

        yield f"{part}: first character", changed(lambda text: _other(text, 0))
        yield f"{part}: character in the middle", changed(lambda text: _other(text, len(text) // 2))
        yield f"{part}: last character", changed(lambda text: _other(text, len(text.rstrip("=")) - 1))
        yield f"{part}: bits behind the last byte", changed(_trailing_bit)
        yield f"{part}: no padding", changed(lambda text: text.rstrip("="))
        yield f"{part}: more padding", changed(lambda text: text + "=")
        yield f"{part}: a space", changed(lambda text: f"{text[:4]} {text[4:]}")
        yield f"{part}: another alphabet", changed(lambda text: "-" + text[1:])
        yield f"{part}: shorter", changed(lambda text: text[4:])
        yield f"{part}: longer", changed(lambda text: "AAAA" + text)
        yield f"{part}: nothing", changed(lambda text: "")


def _trailing_bit(text: str) -> str:
    bare = text.rstrip("=")
    assert bare != text
    return bare[:-1] + _ALPHABET[_ALPHABET.index(bare[-1]) ^ 1] + text[len(bare) :]


def _lines(change: Callable[[list[str], int], object]) -> Tamper:
    """A change of the lines, at that of the first value; none where there is only one value."""

    def changed(text: str) -> str | None:
        found = values(text)
        if len(found) == 1:
            return None
        lines = text.splitlines(keepends=True)
        change(lines, text.count("\n", 0, found[0].match.start()))
        return "".join(lines)

    return changed


def _swap(lines: list[str], at: int) -> None:
    lines[at], lines[at + 1] = lines[at + 1], lines[at]


def _two(change: Callable[[Enc, Enc], str]) -> Tamper:
    def changed(text: str) -> str | None:
        found = values(text)
        return change(found[0], found[1]) if len(found) > 1 else None

    return changed


def exchanged(one: Enc, other: Enc) -> str:
    """The text with two values in each other's place."""
    text = one.match.string
    between = text[one.match.end() : other.match.start()]
    return text[: one.match.start()] + other.text + between + one.text + text[other.match.end() :]


def _moved(text: str) -> str | None:
    """A value in another mapping or section, under its own name."""
    if "leaf" not in text:
        return None
    name = "second" if "[group]" in text else "inner"
    lines = text.splitlines(keepends=True)
    line = next(line for line in lines if name in line)
    lines.remove(line)
    place = next(number for number, each in enumerate(lines) if "leaf" in each)
    return "".join([*lines[:place], line, *lines[place:]])


def _items(text: str) -> str | None:
    """Two items of a list in each other's place: their path is the same."""
    found = values(text)
    return exchanged(found[3], found[4]) if len(found) > 4 else None


def _comment(change: Callable[[Enc], str]) -> Tamper:
    def changed(text: str) -> str | None:
        found = comment(text)
        return None if found is None else change(found)

    return changed


#: What -> the changed text, or None where the format has no such thing.
TAMPERS: dict[str, Tamper] = {
    **dict(_parts()),
    **{f"type: {kind}": _typed(kind) for kind in ("int", "float", "bool", "time", "comment", "nonsense")},
    "text behind it": _first(lambda enc: enc.after("x")),
    "a space behind it, and more": _first(lambda enc: enc.after(" x")),
    "twice in a row": _first(lambda enc: enc.after(enc.text)),
    "text before it": _first(lambda enc: enc.replaced("x" + enc.text)),
    "another case": _first(lambda enc: enc.replaced(enc.text.replace("ENC", "enc"))),
    "emptied": _first(lambda enc: enc.replaced("")),
    "in clear": _first(lambda enc: enc.replaced("forged")),
    "two swapped": _two(exchanged),
    "one copied over another": _two(lambda one, other: other.replaced(one.text)),
    "two of a list swapped": _items,
    "lines swapped": _lines(_swap),
    "removed": _lines(lambda lines, at: lines.pop(at)),
    "renamed": _lines(lambda lines, at: lines.insert(at, lines.pop(at).replace("first", "furst"))),
    "moved": _moved,
    "added: a copy": _lines(lambda lines, at: lines.insert(at, lines[at].replace("first", "third"))),
    "added: in clear": _lines(
        lambda lines, at: lines.insert(at, _ENC.sub("x", lines[at]).replace("first", "third"))
    ),
    "parent renamed": lambda text: text.replace("group", "grouq", 1) if "group" in text else None,
    "clear value changed": lambda text: text.replace("clear", "forged", 1) if "clear" in text else None,
    "comment changed": _comment(lambda enc: enc.replaced(_other(enc.match["data"], 0), "data")),
    "comment with text behind it": _comment(lambda enc: enc.after("x")),
    "comment cut off": _comment(lambda enc: enc.replaced(enc.text[:-20])),
    "comment as a value": _comment(lambda enc: enc.replaced("str", "type")),
    "mac: another character": lambda text: mac_of(text).replaced(
        _other(mac_of(text).match["data"], 0), "data"
    ),
    "mac: bits behind the last byte": lambda text: mac_of(text).replaced(
        _trailing_bit(mac_of(text).match["tag"]), "tag"
    ),
    "mac: a value in its place": lambda text: mac_of(text).replaced(values(text)[0].text),
    "mac: in clear": lambda text: mac_of(text).replaced("0" * 128),
    "mac: its type": lambda text: mac_of(text).replaced("bytes", "type"),
    "mac: emptied": lambda text: mac_of(text).replaced(""),
    "lastmodified": lambda text: re.sub(r'(lastmodified"?\s*[:=]\s*"?)20', r"\g<1>19", text),
    "stanza: its header": lambda text: stanza_with(text, 0, 40),
    "stanza: its share": lambda text: stanza_with(text, 0, 60),
    "stanza: its body": lambda text: stanza_with(text, 1, 30),
    "stanza: its mac": lambda text: stanza_with(text, 2, 10),
    "stanza: its payload": lambda text: stanza_with(text, 3, 10),
    "mac_only_encrypted": lambda text: with_flag(text, "mac_only_encrypted") if "clear" in text else None,
    "selector: less is encrypted": lambda text: (
        with_setting(text, "encrypted_regex", "^(second|group|other|leaf)$") if "first" in text else None
    ),
    "selector: more is encrypted": lambda text: (
        with_setting(text, "unencrypted_suffix", "_nothing") if "clear" in text else None
    ),
}
