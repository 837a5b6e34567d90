"""INI documents, held against real sops."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import formats
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.ini import emit, read
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Selector
from tests.sops.documents import ini_texts
from tests.sops.documents.flat_files import (
    decrypt,
    encrypt,
    encrypt_again,
    masked,
    refused,
    sops,
    sops_decrypts,
    sops_encrypts,
    sops_sets,
)
from tests.sops.oracle import oracle

INI = Format.INI


def readable(data: bytes) -> bool:
    """Whether a text is read, and is none that sops itself writes so that it reads another."""
    try:
        document = read(data)
    except BrokenFileError:
        return False
    return not document.encrypted


@given(ini_texts.texts().filter(readable))
@settings(max_examples=300)
def test_decryption_gives_back_the_bytes(data: bytes) -> None:
    back = decrypt(encrypt(data, INI), INI)
    assert back.clear_comments == 0
    assert back.tree == read(data).tree()
    # Continued lines are joined, some long quotes written as sops does, repeated keys have the last value.
    repeated = any(
        len(section.keys) > len({key.name for key in section.keys}) for section in read(data).sections
    )
    if b"\\" not in data and b"`" not in data and not repeated:
        assert back.data == data


@given(
    st.lists(
        st.sampled_from([*"=:\"'`;#\\[]- \t\n\r", '"""', "[a]\n", "k=v\n", "x", "\n", "\xa0"]), max_size=14
    )
)
@settings(max_examples=300)
def test_random_text_is_read_or_refused_as_in_sops(parts: list[str]) -> None:
    data = "".join(parts).encode()
    assert bool(oracle().encrypt(data, INI).error) is not readable(data)


def test_values_and_comments_of_every_kind() -> None:
    data = b"""\
; top

; more
top = 1

  # of the section
  #
  #  three lines
[sec tion] ; behind
  key   = plain text   ; inline
long_key: "quoted = text"
# above
mixed = 'single' # and behind
raw = `with # and ; in it`
lines = \"\"\"first
  second ; third\"\"\" # behind lines
empty =
empty2 = ; only a comment
url = http://x/?a=b

; at the end
"""
    encrypted = encrypt(data, INI)
    for secret in (
        b"top",
        b"more",
        b"three",
        b"behind",
        b"inline",
        b"above",
        b"first",
        b"second",
        b"only",
        b"end",
    ):
        assert secret not in encrypted.replace(b"top =", b"")
    assert decrypt(encrypted, INI).data == data
    assert sops_decrypts(encrypted, INI) == sops_decrypts(sops_encrypts(data, INI), INI)
    # One empty line goes with the comment it is in, another comes in front of the metadata.
    assert encrypted.split(b"[sops]")[0].count(b"\n\n") == data.count(b"\n\n")


def test_leaves_are_ordered_and_commented_as_in_sops() -> None:
    data = b"; one\n[a]\n; two\nk = 1 ; three\nl = 2\n; dropped\n"
    assert [(leaf.path, leaf.value, leaf.is_comment, leaf.comments) for leaf in read(data).leaves] == [
        (("a",), "one", True, ("one",)),
        (("a", "k"), "1", False, ("one",)),
        (("a",), "two\n; \x85 three", True, ("two\n; three",)),
        (("a", "l"), "2", False, ("two\n; three",)),
        (("a",), "dropped", True, ("dropped",)),
    ]


def test_comment_behind_the_name_of_a_section_moves_up_and_back() -> None:
    """An ENC there would end in a bracket, and ini.v1 takes the last one for the end of the name."""
    data = b"\xef\xbb\xbf[a]   # one\r\nk = 1\r\n[b] junk ; two\r\n[c]\r\n"
    encrypted = encrypt(data, INI)
    assert [section.name for section in read(encrypted).sections] == ["DEFAULT", "a", "b", "c", "sops"]
    assert sops_decrypts(encrypted, INI) == sops_decrypts(sops_encrypts(data, INI), INI)
    assert decrypt(encrypted, INI).data == data


def test_text_in_quotes_of_its_own_is_written_so_that_it_reads_again_unlike_in_sops() -> None:
    data = b"k = \"''\"\n"
    plaintext = sops_decrypts(encrypt(data, INI), INI)
    assert (plaintext, read(plaintext).leaves[0].value) == (b"k = ''\n", "")
    assert emit(read(data).tree(), None) == data


SELECTORS = [
    Selector("unencrypted_suffix", "_c"),
    Selector("encrypted_suffix", "_c"),
    Selector("unencrypted_regex", "^k"),
    Selector("encrypted_regex", "^k"),
    Selector("unencrypted_comment_regex", "clear"),
    Selector("encrypted_comment_regex", "secret"),
]
WITH_COMMENTS = b"""\
; clear
[a_c]
k = 1
; secret
l = 2
; other
m = 3
[b]
; clear
n_c = 4
o = 5 ; secret
p = 6
"""


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: selector.name)
def test_selector_chooses_what_it_chooses_in_sops(selector: Selector) -> None:
    option = "--" + selector.name.replace("_", "-")
    theirs = sops_encrypts(WITH_COMMENTS, INI, option, selector.value)
    ours = encrypt(WITH_COMMENTS, INI, selector)
    chosen = [[is_encrypted(str(leaf.value)) for leaf in read(file).leaves] for file in (ours, theirs)]
    assert chosen[0] == chosen[1]
    assert any(chosen[0])
    assert not all(chosen[0])
    assert sops_decrypts(ours, INI) == sops_decrypts(theirs, INI)
    assert decrypt(ours, INI).data == WITH_COMMENTS


REPEATED = b"; first\n[s]\n# lost\nk = old secret\nk2 = x\nk = new\n[s]\nk = other\n"


def test_repeated_key_has_its_last_value_and_no_earlier_one_stays_readable() -> None:
    encrypted = encrypt(REPEATED, INI)
    assert sops_decrypts(encrypted, INI) == sops_decrypts(sops_encrypts(REPEATED, INI), INI)
    assert b"secret" not in encrypted
    assert b"lost" not in encrypted
    assert decrypt(encrypted, INI).data == REPEATED.replace(b"old secret", b"new")


# Names that sops writes so that it reads others: its own files do not open again, ours do.
MANGLED = {
    "counted keys": b"[s]\n- = a\n- = b\n",
    "quotes": b'a`"b = 1\n',
    "a comment sign in front": b'"#a" = 1\n',
}


@pytest.mark.parametrize("data", MANGLED.values(), ids=MANGLED.keys())
def test_name_that_sops_mangles_is_kept(data: bytes) -> None:
    assert sops(sops_encrypts(data, INI), INI, "-d", check=False).returncode != 0
    encrypted = encrypt(data, INI)
    assert sops(encrypted, INI, "-d").returncode == 0
    assert decrypt(encrypted, INI).data == data


BANNER = b";\n; a file\n;\n[s]\nk = 1\n"


def test_comment_that_starts_with_an_empty_line_makes_sops_fail_but_not_on_our_file() -> None:
    assert sops(sops_encrypts(BANNER, INI), INI, "-d", check=False).returncode != 0
    encrypted = encrypt(BANNER, INI)
    assert b"[s]\nk = 1\n" in sops_decrypts(encrypted, INI)
    assert decrypt(encrypted, INI).data == BANNER


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a = 1\nno delimiter\n", 2),
        (b"[open\n", 1),
        (b"[]\n", 1),
        (b"= 1\n", 1),
        (b'"" = 1\n', 1),
        (b'"a = 1\n', 1),
        (b"a = `x\n\n", 1),
        (b'[s]\na = """x\n"\n', 2),
        (b"a = 1\n<<<<<<< HEAD\n", 2),
    ],
)
def test_what_sops_refuses_is_refused_with_the_line(data: bytes, line: int) -> None:
    assert refused(data, INI)
    with pytest.raises(BrokenFileError) as caught:
        read(data)
    assert caught.value.line == line
    assert "delimiter" not in str(caught.value)


def test_hostile_texts_are_read_in_bounded_time() -> None:
    start = time.process_time()
    assert len(read(b"a=" + b"x" * 10_000_000).leaves) == 1
    assert len(read(b"; c\n" * 200_000).leaves) == 1
    assert len(read(b"a=1\n" * 100_000).leaves) == 1
    assert len(read(b"a=x\\\n" * 100_000).leaves) == 1
    with pytest.raises(BrokenFileError):
        read(b"[" * 10_000_000)
    with pytest.raises(BrokenFileError):
        read(b'a="""' + b'"\n' * 1_000_000)
    assert time.process_time() - start < 15


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"a=1", b"a=1\n", b"[s]\r\na = 1\r\n", b"[s]\r\na = 1", b"; only a comment\n", b"a=1\n\n\n"],
)
def test_metadata_is_removed_as_it_was_added(data: bytes) -> None:
    encrypted = encrypt(data, INI)
    assert sops(encrypted, INI, "-d").returncode == 0
    assert decrypt(encrypted, INI).data == data


def test_new_metadata_is_laid_out_as_sops_does() -> None:
    data = b"[s]\na = 1\n"
    ours = masked(encrypt(data, INI, Selector("unencrypted_suffix", "_unencrypted"))).split(b"\n")
    theirs = masked(sops_encrypts(data, INI)).split(b"\n")
    stanza = b"age__list_0__map_enc       = -----BEGIN AGE ENCRYPTED FILE-----\\n"
    assert ours[4].startswith(stanza)
    assert theirs[4].startswith(stanza)
    assert ours[:4] + ours[5:] == theirs[:4] + theirs[5:]


@pytest.mark.parametrize("version", ["sops", "sops-3.9.4", "sops-3.8.1"])
def test_edited_file_keeps_the_text_of_its_metadata(version: str) -> None:
    plaintext = b"; c\n[s]\na = 1\nb = 2\n"
    file = sops_encrypts(plaintext, INI, version=version)
    edited = encrypt_again(plaintext, INI, file)
    assert masked(edited) == masked(file)
    assert edited.split(b"\n")[:4] == file.split(b"\n")[:4]  # values that stay keep their nonce
    changed = encrypt_again(b"[s]\nb = 3\n", INI, file)
    assert sops_decrypts(changed, INI, version=version) == b"[s]\nb = 3\n"


def test_metadata_in_place_changes_only_what_it_says_otherwise() -> None:
    data = encrypt(b"[s]\na = 1\n", INI) + b"\n; of the next\n[t]\n"
    file = formats.read(data, INI)
    assert file is not None
    wanted = file.metadata._replace(
        mac="m", selector=Selector("encrypted_regex", "x"), mac_only_encrypted=True
    )
    written = read(data).written({}, wanted).data
    assert sorted(set(written.split(b"\n")) - set(data.split(b"\n"))) == [
        b"encrypted_regex            = x",
        b"mac                        = m",
        b"mac_only_encrypted         = true",
    ]
    again = formats.read(written, INI)
    assert again is not None
    assert again.metadata == wanted
    assert read(written).written({}, file.metadata).data == data
    assert read(data).written({}, None).data.endswith(b"\n\n; of the next\n[t]\n")


TO_SET = b"top: 1\n; c\n[s]\n  a  = 1 ; one\n  b  = `x`\n\n[t]\n[s]\na = 2"


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (["s", "a"], '"x y"', "x y"),
        (["s", "b"], '"a;b\\nc"', "a;b\nc"),
        (["s", "new"], '" x "', " x "),
        (["t", "a=b"], '"x"', "x"),
        (["new", "k"], "true", True),
        (["DEFAULT", "k"], '""', ""),
        (["DEFAULT", "top"], '"#"', "#"),
    ],
)
def test_set_does_what_sops_set_does(path: list[str], text: str, value: object) -> None:
    ours = read(TO_SET).set(path, value)  # type: ignore[arg-type]
    keys = "".join(f'["{key}"]' for key in path)
    theirs = sops_decrypts(sops_sets(encrypt(TO_SET, INI), INI, keys, text), INI)
    assert emit(read(ours).tree(), None) == theirs


def test_set_and_unset_touch_one_line() -> None:
    assert read(TO_SET).set(["s", "a"], 5) == TO_SET.replace(b"= 1 ; one", b"= 5 ; one")
    added = read(TO_SET).set(["s", "c"], "x")
    assert added == TO_SET.replace(b"`x`\n", b"`x`\n  c = x\n")
    assert read(added).unset(["s", "c"]) == TO_SET
    assert read(TO_SET).set(["DEFAULT", "n"], 1) == TO_SET.replace(b"top: 1\n", b"top: 1\nn: 1\n")
    assert read(TO_SET).set(["t", "n"], 1) == TO_SET.replace(b"[t]\n", b"[t]\nn = 1\n")
    assert read(TO_SET).set(["u", "n"], 1) == TO_SET + b"\n\n[u]\nn = 1"
    assert read(TO_SET).unset(["t"]) == TO_SET.replace(b"[t]\n", b"")
    section = Branch((("k", "x"), Comment("of k"), ("long", "y")))
    assert read(TO_SET).set(["t"], section) == TO_SET.replace(b"[t]\n", b"[t]\n; of k\nk    = x\nlong = y\n")
    assert read(b"").set(["t"], section) == b"[t]\n; of k\nk    = x\nlong = y\n"


@pytest.mark.parametrize(
    "path", [[], [0], ["s", 0], ["s", "a", "b"], ["s", ""], ["s", "#x\n"], ["a\nb", "c"]]
)
def test_path_that_is_no_place_is_refused(path: list[str | int]) -> None:
    with pytest.raises(FailedError):
        read(TO_SET).set(path, "x")
    with pytest.raises(FailedError):
        read(TO_SET).unset(path)


def test_what_is_not_there_cannot_be_unset() -> None:
    for path in (["x"], ["s", "x"]):
        with pytest.raises(FailedError):
            read(TO_SET).unset(path)


@pytest.mark.parametrize("value", [Items(("a",)), Branch((("k", Branch(())),)), "a text"])
def test_other_trees_are_refused(value: object) -> None:
    with pytest.raises(FailedError):
        emit([Branch((("a", value),))], None)  # type: ignore[arg-type]
    with pytest.raises(FailedError):
        read(TO_SET).set(["s"], value)  # type: ignore[arg-type]
    if not isinstance(value, str):
        with pytest.raises(FailedError):
            read(TO_SET).set(["s", "a"], value)  # type: ignore[arg-type]


def test_value_that_ini_cannot_hold_is_refused_where_sops_damages_it() -> None:
    with pytest.raises(FailedError, match="cannot hold"):
        emit([Branch((("s", Branch((("k", 'a\n`"""\nb'),))),))], None)


def test_json_becomes_ini_as_in_sops() -> None:
    data = encrypt(
        json.dumps({"s": {"a": 1, "b:c": True, "d": " x ", "e": "`;"}, "t": {}}).encode(), Format.JSON
    )
    theirs = sops_decrypts(data, Format.JSON, "--output-type", "ini")
    assert emit(decrypt(data, Format.JSON).tree, None) == theirs


@pytest.mark.parametrize("version", ["sops-3.8.1", "sops-3.9.4"])
def test_older_sops(version: str) -> None:
    data = b'; c\n[s]\n; d\na = 1\n\nb = """x\ny"""\n'
    theirs = sops_encrypts(data, INI, version=version)
    assert sops_decrypts(encrypt(data, INI), INI, version=version) == sops_decrypts(
        theirs, INI, version=version
    )
    assert decrypt(theirs, INI).tree == read(data).tree()
    assert decrypt(encrypt(data, INI), INI).data == data


def test_line_of_a_leaf() -> None:
    assert [read(TO_SET).line_of(number) for number in range(4)] == [1, 2, 4, 4]
