"""Files made to crash, to hang, to fill the memory or to deceive the terminal: they do no harm."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import pytest

from sopskit.keys import age_format
from sopskit.keys.recipients import StanzaKind, label, parse
from sopskit.sops import formats
from sopskit.sops.metadata import Stanza
from tests.commands.limited import sopskit_limited
from tests.commands.tampering import CANARY, NAMES, Vault, bench, vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.commands.limited import Limited
    from tests.commands.workbench import Workbench

__all__ = ["bench", "vault"]

MILLION = 1_000_000
_CLEAR = b"x_unencrypted"  # such a value is read without a key, so that the file goes on to be worked on
_DEEP = 10_000


def _aliases(first: bytes, step: bytes) -> bytes:
    lines = [b"a0_unencrypted: &a0 " + first]
    lines += [
        b"a%d_unencrypted: &a%d " % (n, n) + step.replace(b"@", b"*a%d" % (n - 1)) for n in range(1, 40)
    ]
    return b"\n".join(lines)


def _value(value: bytes) -> bytes:
    return _CLEAR + b": " + value


#: What -> lines of YAML, before those of a good file or alone.
YAML: dict[str, Callable[[], bytes]] = {
    "a bomb of lists": lambda: _aliases(b"[x, x]", b"[@, @]"),
    "a bomb of merge keys": lambda: _aliases(b"{x: y}", b"{<<: [@, @]}"),
    "a long text, many aliases": lambda: (
        b"b_unencrypted: &b " + b"x" * 100_000 + b"\n" + _value(b"[" + b"*b," * 50_000 + b"]")
    ),
    "an alias for itself": lambda: _value(b"&a [*a]"),
    "10,000 brackets": lambda: _value(b"[" * _DEEP + b"]" * _DEEP),
    "10,000 braces": lambda: _value(b"{a: " * _DEEP + b"}" * _DEEP),
    "10,000 dashes": lambda: _value(b"\n  " + b"- " * _DEEP + b"x"),
    "3,000 indented levels": lambda: _value(b"\n" + b"".join(b" " * (n + 1) + b"a:\n" for n in range(3_000))),
    "a million open brackets": lambda: _value(b"[" * MILLION),
    "100,000 explicit keys": lambda: b"? " * 100_000,
    "10 MB in a line": lambda: _value(b"x" * 10 * MILLION),
    "a million quotes": lambda: _value(b"'" + b"''" * MILLION + b"'"),
    "a long comment": lambda: b"#" + b"x" * MILLION,
    "a long key": lambda: b"x" * MILLION + b": 1",
    "an anchor and a tag": lambda: _value(b"&" + b"x" * MILLION + b" !" + b"y" * MILLION + b" 1"),
    "100,000 newlines": lambda: b"\n" * 100_000,
    "5,000 comments": lambda: b"# c\n" * 5_000,
    "5,000 comments that do not decrypt": lambda: (
        b"#ENC[AES256_GCM,data:AAAA,iv:AAAA,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:comment]\n" * 5_000
    ),
    "a million digits": lambda: _value(b"9" * MILLION),
    "a million digits behind the point": lambda: _value(b"0." + b"9" * MILLION),
    "a million hexadecimal digits": lambda: _value(b"0x" + b"f" * MILLION),
    "a million bits": lambda: _value(b"0b" + b"1" * MILLION),
    "a million underscores": lambda: _value(b"1_" * MILLION + b"1"),
    "an exponent": lambda: _value(b"1e99999999999"),
    "a time with a million digits": lambda: _value(b"2020-01-01T00:00:00." + b"9" * MILLION + b"Z"),
    "a NUL": lambda: _value(b"a\0b"),
    "no UTF-8": lambda: _value(b"\xe9\xff"),
    "half a surrogate pair": lambda: _value(b'"\\ud800"'),
    "no character at all": lambda: _value(b'"\\UFFFFFFFF"'),
    "a key that clears the screen": lambda: b'"\\e[2J\\n\\aerror: all is well": x',
    "a key of C1 and bidi characters": lambda: b'"\\x9b2J\\u202e": x',
    "an escape as it is": lambda: b"a\x1b[2J: x",
    "a key like a path": lambda: b'"a:b:c": x',
    "a million characters of base64": lambda: (
        b"x: ENC[AES256_GCM,data:" + b"A" * MILLION + b",iv:AAAA,tag:AAAA,type:str]"
    ),
    "an open ENC": lambda: b"x: ENC[AES256_GCM,data:" + b"A" * MILLION,
    "a version of YAML": lambda: b"%YAML 9.9\n---",
}

#: What -> a JSON value.
JSON: dict[str, Callable[[], bytes]] = {
    "10,000 lists": lambda: b"[" * _DEEP + b"]" * _DEEP,
    "10,000 objects": lambda: b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
    "a million open lists": lambda: b"[" * MILLION,
    "10 MB in a line": lambda: b'"' + b"x" * 10 * MILLION + b'"',
    "a million escapes": lambda: b'"' + b"\\ud800" * MILLION + b'"',
    "a million digits": lambda: b"9" * MILLION,
    "a million digits behind the point": lambda: b"0." + b"9" * MILLION,
    "an exponent": lambda: b"1e999999999",
    "a NUL": lambda: b'"a\0b"',
    "no UTF-8": lambda: b'"\xff"',
    "the same key 10,000 times": lambda: b"{" + b",".join([b'"k":1'] * 10_000) + b"}",
    "10,000 keys 150 levels deep": lambda: (
        b'{"a":' * 150 + b"{" + b",".join(b'"k%d":1' % n for n in range(10_000)) + b"}" * 151
    ),
    "a key that clears the screen": lambda: b'{"\\u001b[2J\\n\\u009b": "x"}',
    "base64": lambda: b'"ENC[AES256_GCM,data:' + b"A" * MILLION + b',iv:AAAA,tag:AAAA,type:str]"',
}

#: What -> lines of dotenv.
DOTENV: dict[str, Callable[[], bytes]] = {
    "10 MB in a line": lambda: _CLEAR + b"=" + b"x" * 10 * MILLION,
    "a long key": lambda: b"k" * MILLION + b"=1",
    "no key": lambda: b"x" * MILLION,
    "a million escapes": lambda: _CLEAR + b"=" + b"\\n" * MILLION,
    "100,000 newlines": lambda: b"\n" * 100_000,
    "20,000 comments in a row": lambda: b"#c\n" * 20_000,
    "5,000 comments and values": lambda: b"#c\nk_unencrypted=v\n" * 5_000,
    "a NUL": lambda: _CLEAR + b"=a\0b",
    "no UTF-8": lambda: _CLEAR + b"=\xff",
    "a key that clears the screen": lambda: b"\x1b[2J\x07=x",
    "metadata 100,000 levels deep": lambda: b"sops_x" + b"__map_a" * 100_000 + b"=1",
    "10,000 lines of metadata": lambda: b"\n".join(b"sops_x__map_k%d=1" % n for n in range(10_000)),
    "a list with a gap": lambda: b"sops_age__list_999999__map_enc=1",
    "a list with a far gap": lambda: b"sops_age__list_99999999999999999999__map_enc=1",
}

#: What -> sections of INI.
INI: dict[str, Callable[[], bytes]] = {
    "10 MB in a line": lambda: b"[q]\n" + _CLEAR + b" = " + b"x" * 10 * MILLION,
    "5,000 keys of one name": lambda: b"[q]\n" + b"k_unencrypted = v\n" * 5_000,
    "10,000 sections": lambda: b"".join(b"[q%d]\n" % n for n in range(10_000)),
    "5,000 sections of one name": lambda: b"[q]\nk_unencrypted = v\n" * 5_000,
    "10,000 comments": lambda: b"[q]\n" + b"; c\n" * 10_000 + _CLEAR + b" = 1",
    "10,000 lines that go on": lambda: b"[q]\n" + _CLEAR + b" = " + b"a\\\n" * 10_000 + b"b",
    "a quote without an end": lambda: b"[q]\n" + _CLEAR + b' = """' + b"a\n" * 100_000,
    "10,000 quotes without an end": lambda: b"[q]\n" + b"x_unencrypted = `a\n" * 9_999,
    "a million quotes": lambda: b"[q]\n" + _CLEAR + b" = " + b'"' * MILLION,
    "a million brackets": lambda: b"[" + b"]" * MILLION,
    "a NUL": lambda: b"[q]\n" + _CLEAR + b" = a\0b",
    "no UTF-8": lambda: b"[q]\n" + _CLEAR + b" = \xff",
    "a section that clears the screen": lambda: b"[q\x1b[2J]\nk\x07 = x",
}

#: What -> a whole file, of whatever format.
ANY: dict[str, Callable[[], bytes]] = {
    "zeros": lambda: b"\0" * MILLION,
    "a gzip of nothing": lambda: b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0",
    "nothing": lambda: b"",
    "one word": lambda: b"sops",
    "no UTF-8": lambda: b"\xff" * 1000,
}


class Case(NamedTuple):
    """A hostile file: encrypted as far as that goes, and in clear."""

    encrypted: bytes
    plain: bytes


def _case(vault: Vault, name: str, what: str) -> Case:
    good = vault.text("sops", name).encode()
    if what in _HOSTILE[name]:
        hostile = _HOSTILE[name][what]()
        if name == "t.json":
            member = b'"' + _CLEAR + b'": ' + hostile
            return Case(good.replace(b"{", b"{" + member + b",", 1), b"{" + member + b"}")
        return Case(hostile + b"\n" + good, hostile + b"\n")
    whole = ANY[what]()
    return Case(whole, whole)


_HOSTILE = {"t.yaml": YAML, "t.json": JSON, "t.env": DOTENV, "t.ini": INI, "t.bin": {}}
_CASES = [(name, what) for name in NAMES for what in (*_HOSTILE[name], *ANY)]


# These go through every command, the others through one of each kind.
_IN_FULL = ("a bomb of lists", "10,000 brackets", "10,000 lists", "a NUL", "no UTF-8")


def _commands(name: str, what: str) -> Iterator[tuple[str, ...]]:
    path = {"t.ini": '["group"]["first"]', "t.bin": '["data"]'}.get(name, '["first"]')
    yield ("decrypt", "--ignore-mac", "--output-type", "json", name)
    yield ("set", "--ignore-mac", "--value-stdin", name, path)
    yield ("plan",)
    if what in ANY or what in _IN_FULL:
        yield ("decrypt", name)
        yield ("edit", "--ignore-mac", name)
        yield ("rotate", name)
        yield ("textconv", name)


def _assert_harmless(result: Limited, *, place: object) -> None:
    """It ended as a command ends, in time, with few words, none of them secret or for the terminal."""
    assert result.code in range(7), (place, result)
    assert result.seconds < 15, place
    said = result.err.decode()
    assert len(said) < 3_000, place
    assert all(line.isprintable() for line in said.splitlines()), (place, said)
    assert CANARY not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("name", "what"), _CASES)
def test_a_hostile_file_does_no_harm(vault: Vault, bench: Workbench, name: str, what: str) -> None:
    case, path, good = _case(vault, name, what), bench.root / name, vault.text("sops", name).encode()
    for command in _commands(name, what):
        path.write_bytes(case.encrypted)
        result = sopskit_limited(*command, stdin=b'"new"')
        _assert_harmless(result, place=command)
        assert result.code == 0 or result.out == b"" or command[0] == "plan"
        assert result.code == 0 or path.read_bytes() == case.encrypted
    path.write_bytes(case.plain)
    _assert_harmless(sopskit_limited("encrypt", name), place="encrypt")
    for side, content in (("base", good), ("ours", good), (name, case.encrypted)):
        (bench.root / side).write_bytes(content)
    _assert_harmless(sopskit_limited("merge-driver", "base", "ours", name, name), place="merge")


def _stanzas(vault: Vault, own: Stanza) -> dict[str, list[Stanza]]:
    ours = parse(vault.key.recipient)
    salt = age_format.encode_unpadded(os.urandom(16))
    slow = age_format.Stanza(("scrypt", salt, "30"), os.urandom(32))
    return {
        "a passphrase of 2^30 rounds": [
            Stanza(ours, age_format.armor(age_format.seal(os.urandom(16), slow, os.urandom(32))))
        ],
        "garbage": [Stanza(ours, "garbage")],
        "a million characters": [Stanza(ours, "A" * MILLION)],
        "a recipient that clears the screen": [Stanza(label(StanzaKind.AGE, "age1\x07\x9b2J"), "garbage")],
        "10,000 of others": [
            *(Stanza(label(StanzaKind.AGE, f"age1{n}"), own.enc.replace("A", "B")) for n in range(10_000)),
            own,
        ],
    }


@pytest.mark.parametrize("name", NAMES)
def test_hostile_stanzas_do_no_harm(vault: Vault, bench: Workbench, name: str) -> None:
    file = formats.read(vault.text("sops", name).encode(), formats.format_of(name))
    assert file is not None
    for what, stanzas in _stanzas(vault, file.metadata.groups[0][0]).items():
        try:
            content = file.with_groups([stanzas], 0)
        except ValueError:  # the format cannot hold such a recipient
            continue
        opens = what.startswith("10,000")
        commands = (("decrypt", name), ("set", "--value-stdin", name, '["data"]'))
        for command in commands[: 1 if opens else 2]:
            (bench.root / name).write_bytes(content)
            result = sopskit_limited(*command, stdin=b'"new"')
            _assert_harmless(result, place=(what, command))
            assert opens or result.code in (5, 6)
            assert opens or (bench.root / name).read_bytes() == content


@pytest.mark.parametrize("size", [100_000])
def test_100_000_keys_are_many_and_no_harm(vault: Vault, bench: Workbench, size: int) -> None:
    lines = {
        "t.yaml": b"".join(b"k%d_unencrypted: v\n" % n for n in range(size)),
        "t.env": b"".join(b"k%d_unencrypted=v\n" % n for n in range(size)),
        "t.ini": b"[q]\n" + b"".join(b"k%d_unencrypted = v\n" % n for n in range(size)),
    }
    for name, hostile in lines.items():
        (bench.root / name).write_bytes(hostile + vault.text("sops", name).encode())
        result = sopskit_limited("decrypt", "--ignore-mac", name)
        _assert_harmless(result, place=name)
        assert result.out.count(b"\n") > size


def test_paths_do_no_harm(vault: Vault, bench: Workbench) -> None:
    (bench.root / "t.yaml").write_text(vault.text("sops", "t.yaml"))
    for path in (
        '["a"]' * 10_000,
        "[0]" * 10_000,
        "[" * MILLION,
        '["' + "x" * 100_000 + '"]',
        '["\x1b[2J"]',
        "[999999999]",
    ):
        for command in (
            ("decrypt", "--extract", path[:100_000], "t.yaml"),
            ("unset", "t.yaml", path[:100_000]),
        ):
            _assert_harmless(sopskit_limited(*command), place=path[:20])
        result = sopskit_limited("set", "--value-stdin", "t.yaml", path[:100_000], stdin=b"1")
        _assert_harmless(result, place=path[:20])


def test_values_to_set_do_no_harm(vault: Vault, bench: Workbench) -> None:
    for value in (b"[" * _DEEP + b"]" * _DEEP, b'"\\ud800"', b"9" * MILLION, b"\0", b"\xff", b'{"sops": 1}'):
        for name in NAMES:
            (bench.root / name).write_text(vault.text("sops", name))
            _assert_harmless(
                sopskit_limited("set", "--value-stdin", name, '["first"]', stdin=value), place=name
            )


def test_a_conflict_in_a_hostile_key_is_told_harmlessly(vault: Vault, bench: Workbench) -> None:
    key = '"\\e[2J\\u202e"'
    for side, value in (("base", "1"), ("ours", "2"), ("theirs", "3")):
        bench.write_encrypted(f"{side}.yaml", f"{key}: v{value}\n")
        bench.write_encrypted("b.yaml", f"{key}: v{value}\n")
    result = sopskit_limited("merge-driver", "base.yaml", "ours.yaml", "theirs.yaml", "b.yaml")
    _assert_harmless(result, place="merge")
    assert result.code == 1
    assert r"\x1b[2J\u202e" in result.err.decode()


def test_the_limit_is_one(vault: Vault, bench: Workbench) -> None:
    """What needs more than the memory that is given fails, so that the tests above can fail."""
    (bench.root / "t.bin").write_bytes(b"x" * 250 * MILLION)
    assert sopskit_limited("encrypt", "t.bin").code not in range(7)
