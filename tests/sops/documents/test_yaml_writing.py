"""How YAML documents are written: the spelling of values, comments, and the metadata."""

from __future__ import annotations

import re
import textwrap

import pytest

from sopskit.sops.documents.yaml_writing import LAID_OUT_ANEW
from sopskit.sops.metadata import Selector
from tests.sops.documents import yaml_texts
from tests.sops.documents.flat_files import decrypt, encrypt, encrypt_again, masked, metadata, sops_encrypts
from tests.sops.documents.yaml_checks import YAML, read, sops_reads, values

ENC = "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]"


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("a: yes\n", 'a: "yes"\n'),
        ("a: 12:30\n", 'a: "12:30"\n'),
        ('a: "1"\n', 'a: "1"\n'),
        ("a: '1'\n", "a: '1'\n"),
        ("a: !!str 1\n", "a: !!str 1\n"),
        ("a: !!int 1\n", "a: 1\n"),
        ("a: !!binary aGk=\n", "a: hi\n"),
        ("a: !!binary /w==\n", "a: !!binary /w==\n"),
        ("a: !tag x\n", "a: !tag x\n"),
        ("a: &x !!int 1\n", "a: &x 1\n"),
        ("a: [x, 'y', 1]\n", "a: [\"x\", 'y', 1]\n"),
        ("a: 1.0\n", "a: 1.0\n"),
        ("a: 1e6\n", "a: 1e+06\n"),
        ("a: 0x1F\n", "a: 31\n"),
        ("a: 2020-01-01\n", "a: 2020-01-01T00:00:00Z\n"),
        ('a: "\\u00e9\\n"\n', 'a: "é\\n"\n'),
        ("a: 'a\n\n  b'\n", 'a: "a\\nb"\n'),
        ("a: x\n  y\n", "a: x y\n"),
        ("a: >\n  x\n  y\n\n  z\n", "a: |\n  x y\n  z\n"),
        ("a: >-\n  x\n  y\n", "a: x y\n"),
        ("a: |\n  x\nb: |-\n  y\n", "a: |\n  x\nb: |-\n  y\n"),
        ("a: 😀\n", "a: 😀\n"),
        ("a: &x 1\nb: *x\n", "a: 1\nb: 1\n"),
        ("a:  &x\n  k: w\nb: *x\n", "a:\n  k: w\nb:\n    k: w\n"),
        ("a:\n- &x\n  k: w\n- *x\n", "a:\n- \n  k: w\n- k: w\n"),
    ],
)
def test_spelling(text: str, back: str) -> None:
    assert decrypt(encrypt(text.encode(), YAML), YAML).data.decode() == back


def test_a_text_of_several_lines_behind_a_plain_value_becomes_a_block() -> None:
    document = read("a:\n  b: x\n  l:\n    - y\n    - z # c\n")
    text = document.written({0: "one\ntwo\n", 1: " lead\nx", 3: "1\n2"}, None).data.decode()
    assert text == 'a:\n  b: |\n    one\n    two\n  l:\n    - |2-\n       lead\n      x\n    - "1\\n2" # c\n'


def test_notes_say_what_could_not_stay() -> None:
    def notes(text: str) -> tuple[str, ...]:
        document = read(text)
        return document.written(dict.fromkeys(range(len(document.leaves)), ENC), metadata(mac=ENC)).notes

    assert notes("a: 1\n") == ()
    assert [note.split()[0] for note in notes("a: !!int 1\nb: !!float 2\n")] == ["tags"]
    assert notes("{a: 1}\n") == (LAID_OUT_ANEW,)


def test_aliases_that_stay_clear_stay_aliases() -> None:
    encrypted = encrypt(yaml_texts.DOCUMENTS["clear aliases"].encode(), YAML)
    assert b"b_unencrypted: *x\nc:\n    k: ENC" in encrypted


def test_an_alias_carries_the_comments_of_what_it_stands_for() -> None:
    """They may decide what is encrypted: with the comment lost, sops would take the value for a clear one."""
    selector = Selector("encrypted_comment_regex", "sops:enc")
    text = "a: &x\n  # sops:enc\n  k: v\n  l: w\nb: *x\n"
    encrypted = encrypt(text.encode(), YAML, selector)
    assert encrypted.count(b"ENC[") == 3
    assert values(sops_reads(encrypted)) == values(text)


# Comments.


def test_comments_of_lists_that_sops_wrote_as_items() -> None:
    text = "l:\n    # one\n    - a\n    # two\n    - b\n    # three\nm: 1\n"
    encrypted = sops_encrypts(text.encode(), YAML)
    assert b"- ENC[" in encrypted
    assert decrypt(encrypted, YAML).data.decode() == text


def test_a_list_of_comments_alone() -> None:
    encrypted = encrypt(b"l:\n    # one\n    - a\n", YAML)
    document = read(encrypted)
    comment = next(leaf.value for leaf in document.leaves if leaf.is_comment)
    without = re.sub(rb"(?m)^    (#ENC.*|- ENC.*)\n", b"", encrypted)
    text = without.replace(b"l:\n", f"l:\n    - {comment!s}\n".encode())
    assert read(text).written({0: " one"}, None).data == b"l:\n    # one\n    []\n"


def test_a_comment_that_sops_moved_when_it_wrote_it() -> None:
    """Sops itself gives such a comment back encrypted; it opens with the path of a mapping further out."""
    text = 'a:\n  "#": #c\n    b: 1\n    d:\n      - x\n  # é\nc: +.5\n'
    for depth in range(3):
        above = "".join("  " * level + f"n{level}:\n" for level in range(depth))
        nested = above + textwrap.indent(text, "  " * depth)
        encrypted = sops_encrypts(nested.encode(), YAML)
        assert b"ENC[" not in decrypt(encrypted, YAML).data


def test_a_hostile_comment_stays_a_comment() -> None:
    document = read("a: 1 # x\nb: 2\n")
    text = document.written({0: " x\nevil: 1\r\x85\u2028z\0"}, None).data.decode()
    assert text == "a: 1 # x\n     #evil: 1\n     #\n     #\n     #z\ufffd\nb: 2\n"


def test_a_run_of_comments_costs_no_copies() -> None:
    text = "# c\n" * 20_000 + "a: 1\n"
    leaves = read(text).leaves
    assert len(leaves[-1].comments) == 20_000
    assert len(leaves[0].comments) == 1


def test_comments_in_force() -> None:
    text = "# one\na:\n  # two\n  b: 1\n  c: 2\nd:\n  - 3\n  # three\n  - 4\n"
    found = {leaf.value: list(leaf.comments) for leaf in read(text).leaves if not leaf.is_comment}
    assert found == {1: [" one", " two"], 2: [" one"], 3: [], 4: [" three"]}


# Metadata.


def block(data: bytes) -> str:
    return masked(data).decode().partition("\nsops:\n")[2]


@pytest.mark.parametrize("selector", [None, Selector("encrypted_regex", "^(data|stringData)$")])
def test_a_new_block_is_laid_out_as_sops_does(selector: Selector | None) -> None:
    arguments = () if selector is None else ("--encrypted-regex", selector.value)
    ours = encrypt(b"a: 1\ndata: x\n", YAML, selector)
    theirs = sops_encrypts(b"a: 1\ndata: x\n", YAML, *arguments)
    stanza = re.compile(r"(-----BEGIN[^-]*-----).*?(-----END)", re.DOTALL)
    expected = stanza.sub(r"\1\2", block(theirs)).replace("    unencrypted_suffix: _unencrypted\n", "")
    assert stanza.sub(r"\1\2", block(ours)) == expected


def test_flux_finds_the_mac() -> None:
    assert b"\n    mac: ENC[" in encrypt(b"a: 1\n", YAML)


@pytest.mark.parametrize(
    "text", ["a: one\nb: two\n", "a: one\nb: two", "a: one\n---\nb: two\n", "\ufeffa: one\r\nb: two\r\n"]
)
def test_one_changed_value_is_one_changed_line(text: str) -> None:
    before = encrypt(text.encode(), YAML)
    after = encrypt_again(text.replace("two", "three").encode(), YAML, before)
    lines, others = before.split(b"\n"), after.split(b"\n")
    assert len(lines) == len(others)
    changed = [line for line, other in zip(lines, others, strict=True) if line != other]
    assert {line.strip().split(b":")[0] for line in changed} == {b"b", b"mac"}
    assert values(sops_reads(after)) == values(text.replace("two", "three"))


def test_the_block_keeps_its_layout_and_place() -> None:
    before = encrypt(b"a: one\n", YAML)
    own = before[before.index(b"sops:") :].replace(b"    lastmodified", b"    # mine\n    lastmodified")
    before = own + before[: before.index(b"sops:")]
    after = encrypt_again(b"a: two\n", YAML, before)
    assert after.startswith(b"sops:")
    assert b"# mine" in after
    assert values(sops_reads(after)) == values("a: two\n")


def test_values_of_an_encrypted_text_are_replaced_in_place() -> None:
    before = encrypt(b"a: one # c\nb: |\n  two\n", YAML)
    document = read(before)
    text = document.written({1: ENC}, metadata(mac=ENC, version="3.14.0")).data.decode()
    old = str(document.leaves[1].value)
    assert text.replace(ENC, "") == re.sub(
        r"mac: .*", "mac: ", before.decode().replace(old, "").replace("3.13.3", "3.14.0")
    )
