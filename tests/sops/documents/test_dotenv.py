"""dotenv documents, held against real sops."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import formats
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.dotenv import emit, read
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Selector
from sopskit.sops.values import Time
from tests.sops.documents import dotenv_texts
from tests.sops.documents.flat_files import (
    decrypt,
    encrypt,
    encrypt_again,
    masked,
    outside_values,
    refused,
    sops_decrypts,
    sops_encrypts,
    sops_sets,
)

DOTENV = Format.DOTENV


def readable(data: bytes) -> bool:
    """Whether a text is read."""
    try:
        return not read(data).encrypted
    except BrokenFileError:
        return False


@given(dotenv_texts.texts().filter(readable))
@settings(max_examples=200)
def test_decryption_gives_back_the_bytes(data: bytes) -> None:
    encrypted = encrypt(data, DOTENV)
    back = decrypt(encrypted, DOTENV)
    assert (back.data, back.clear_comments) == (data, 0)
    assert outside_values(encrypted, DOTENV).startswith(outside_values(data, DOTENV))


SELECTORS = [
    Selector("unencrypted_suffix", "_c"),
    Selector("encrypted_suffix", "_c"),
    Selector("unencrypted_regex", "^A"),
    Selector("encrypted_regex", "^A"),
    Selector("unencrypted_comment_regex", "clear"),
    Selector("encrypted_comment_regex", "secret"),
]
WITH_COMMENTS = b"""\
A_c=1
# clear: the next line
A=2
#secret
# more
B_c=x\\ny

B=4
# clear
#
# secret
C=
D=5
# the end
"""


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: selector.name)
def test_selector_chooses_what_it_chooses_in_sops(selector: Selector) -> None:
    option = "--" + selector.name.replace("_", "-")
    theirs = sops_encrypts(WITH_COMMENTS, DOTENV, option, selector.value)
    ours = encrypt(WITH_COMMENTS, DOTENV, selector)
    chosen = [[is_encrypted(str(leaf.value)) for leaf in read(file).leaves] for file in (ours, theirs)]
    assert chosen[0] == chosen[1]
    assert any(chosen[0])
    assert not all(chosen[0])
    assert sops_decrypts(ours, DOTENV) == sops_decrypts(theirs, DOTENV)
    assert decrypt(ours, DOTENV).data == WITH_COMMENTS


def test_leaves() -> None:
    leaves = read(b"#a\n# b\nK=v\\nw\n L = \n").leaves
    assert [(leaf.path, leaf.value, leaf.is_comment, list(leaf.comments)) for leaf in leaves] == [
        ((), "a", True, ["a"]),
        ((), " b", True, ["a", " b"]),
        (("K",), "v\nw", False, ["a", " b"]),
        ((" L ",), " ", False, []),
    ]


@pytest.mark.parametrize("data", [b"A\n", b"A=1\r\n\r\n", b"A=1\n \n", b" # x\n", b"\0\n", b"export A\n"])
def test_line_without_equals_sign_is_refused_as_in_sops(data: bytes) -> None:
    assert refused(data, DOTENV)
    with pytest.raises(BrokenFileError) as caught:
        read(data)
    assert caught.value.line == data.rstrip(b"\n").count(b"\n") + 1
    assert "export" not in str(caught.value)


def test_conflict_is_named() -> None:
    with pytest.raises(BrokenFileError, match="conflict") as caught:
        read(b"A=1\n<<<<<<< HEAD\nB=2\n")
    assert caught.value.line == 2


def test_carriage_return_belongs_to_the_value_as_in_sops() -> None:
    data = b"A=1\r\nB=2\r\n"
    encrypted = encrypt(data, DOTENV)
    assert b"\r" not in encrypted
    assert sops_decrypts(encrypted, DOTENV) == data == decrypt(encrypted, DOTENV).data
    with pytest.raises(BrokenFileError):
        decrypt(encrypted.replace(b"\n", b"\r\n"), DOTENV)


def test_hostile_texts_are_read_in_bounded_time_and_memory() -> None:
    start = time.process_time()
    assert len(read(b"A=" + b"x" * 10_000_000).leaves) == 1
    assert len(read(b"#\nA=\n" * 100_000).leaves) == 200_000
    with pytest.raises(BrokenFileError, match="comments"):
        read(b"#\n" * 1_000_000)
    with pytest.raises(BrokenFileError):
        read(b"x" * 10_000_000)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("data", [b"", b"A=1", b"A=1\n", b"\n\n", b"#c", b"A=1\n\n", b"\nA=1\n#\n"])
def test_metadata_is_removed_as_it_was_added(data: bytes) -> None:
    encrypted = encrypt(data, DOTENV)
    assert b"\nsops_mac=ENC[" in b"\n" + encrypted
    assert decrypt(encrypted, DOTENV).data == data


def test_new_metadata_is_laid_out_as_sops_does() -> None:
    ours = encrypt(b"A=1\n", DOTENV, Selector("unencrypted_suffix", "_unencrypted"))
    theirs = sops_encrypts(b"A=1\n", DOTENV)
    assert [line.split(b"=")[0] for line in ours.split(b"\n")] == [
        line.split(b"=")[0] for line in theirs.split(b"\n")
    ]
    stanza = b"sops_age__list_0__map_enc=-----BEGIN AGE ENCRYPTED FILE-----\\n"
    assert stanza in ours
    assert stanza in theirs


@pytest.mark.parametrize("version", ["sops", "sops-3.9.4", "sops-3.8.1"])
def test_edited_file_keeps_the_text_of_its_metadata(version: str) -> None:
    file = sops_encrypts(b"#c\nA=1\nB=2\n", DOTENV, version=version)
    edited = encrypt_again(b"#c\nA=1\nB=2\n", DOTENV, file)
    assert masked(edited) == masked(file)
    assert edited.split(b"\n")[:3] == file.split(b"\n")[:3]  # values that stay keep their nonce
    assert sops_decrypts(encrypt_again(b"B=3\n", DOTENV, file), DOTENV, version=version) == b"B=3\n"


def test_metadata_in_place_changes_only_what_it_says_otherwise() -> None:
    lines = encrypt(b"A=1\nB=2\n", DOTENV).split(b"\n")
    data = b"\n".join([*lines[2:-1], *lines[:2], b""])  # the metadata may stand anywhere
    file = formats.read(data, DOTENV)
    assert file is not None
    wanted = file.metadata._replace(
        mac="m", selector=Selector("encrypted_regex", "x"), mac_only_encrypted=True
    )
    written = read(data).written({}, wanted).data
    assert sorted(set(written.split(b"\n")) - set(data.split(b"\n"))) == [
        b"sops_encrypted_regex=x",
        b"sops_mac=m",
        b"sops_mac_only_encrypted=true",
    ]
    again = formats.read(written, DOTENV)
    assert again is not None
    assert again.metadata == wanted
    assert read(written).written({}, file.metadata).data == data


TO_SET = b"# c\nA=1\n\nB=2\nA=3"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [("A", '"x\\ny"', "x\ny"), ("NEW", '"x"', "x"), ("B", "true", True), ("B", '""', "")],
)
def test_set_does_what_sops_set_does(key: str, text: str, value: object) -> None:
    ours = read(TO_SET).set([key], value)  # type: ignore[arg-type]
    theirs = sops_decrypts(sops_sets(encrypt(TO_SET, DOTENV), DOTENV, f'["{key}"]', text), DOTENV)
    assert emit(read(ours).tree(), None) == theirs


def test_set_and_unset_touch_one_line() -> None:
    assert read(TO_SET).set(["B"], 5) == b"# c\nA=1\n\nB=5\nA=3"
    assert read(TO_SET).set(["N"], 1.5) == b"# c\nA=1\n\nB=2\nA=3\nN=1.5"
    assert read(b"").set(["N"], None) == b"N=<nil>\n"
    assert read(TO_SET).unset(["A"]) == b"# c\n\nB=2\nA=3"
    assert read(b"A=1\nB=2").unset(["B"]) == b"A=1"
    assert read(b"A=1\n").unset(["A"]) == b""


@pytest.mark.parametrize("path", [[], [0], ["A", "b"], ["#A"], ["A=B"], ["A\nB"]])
def test_path_that_is_no_key_is_refused(path: list[str | int]) -> None:
    with pytest.raises(FailedError):
        read(TO_SET).set(path, "x")
    with pytest.raises(FailedError):
        read(TO_SET).unset(path)


@pytest.mark.parametrize("value", [Items(()), Branch(()), Comment("x")])
def test_nested_value_is_refused_as_in_sops(value: object) -> None:
    with pytest.raises(FailedError, match="nested"):
        read(TO_SET).set(["A"], value)  # type: ignore[arg-type]
    with pytest.raises(FailedError, match="nested"):
        emit([Branch((("a", value),))], None)  # type: ignore[arg-type]


def test_missing_key_cannot_be_unset() -> None:
    with pytest.raises(FailedError):
        read(TO_SET).unset(["C"])


# A JSON file that sops decrypts into a dotenv file: how it spells what is no text.
VALUES = {
    "a": 1,
    "b": True,
    "c": None,
    "d": 1.5,
    "e": 1.0e20,
    "f": 100000.5,
    "g": 1234567.25,
    "h": 0.00001,
    "i": 0.0001,
    "j": -3e300,
    "k": 'x\ny "z" #',
    "l": 5e-324,
    "m": 999999.5,
    "n": 100000.0,
}


def test_other_types_are_spelt_as_sops_does() -> None:
    data = encrypt(json.dumps(VALUES).encode(), Format.JSON)
    theirs = sops_decrypts(data, Format.JSON, "--output-type", "dotenv")
    assert emit(decrypt(data, Format.JSON).tree, None) == theirs


def test_comments_and_times_are_emitted() -> None:
    tree = Branch((Comment(" c"), ("A", Time("2020-01-02T03:04:05Z")), Comment("d", inline=True)))
    assert emit([tree], None) == b"# c\nA=2020-01-02T03:04:05Z\n#d\n"


def test_several_documents_are_refused() -> None:
    with pytest.raises(FailedError):
        emit([Branch(()), Branch(())], None)


@pytest.mark.parametrize("version", ["sops-3.8.1", "sops-3.9.4"])
def test_older_sops(version: str) -> None:
    data = b"# c\nA=1\nB=x\\ny \n#\nC=\n"
    assert sops_decrypts(encrypt(data, DOTENV), DOTENV, version=version) == data
    assert decrypt(sops_encrypts(data, DOTENV, version=version), DOTENV).data == data


def test_line_of_a_leaf() -> None:
    assert [read(TO_SET).line_of(number) for number in range(4)] == [1, 2, 4, 5]
