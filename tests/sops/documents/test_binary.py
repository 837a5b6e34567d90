"""Binary documents, held against real sops."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import documents, formats
from sopskit.sops.documents import Branch
from sopskit.sops.documents.binary import emit, read
from sopskit.sops.formats import Format
from tests.sops.documents.flat_files import (
    decrypt,
    encrypt,
    encrypt_again,
    masked,
    metadata,
    sops_decrypts,
    sops_encrypts,
)

BINARY = Format.BINARY

NASTY = [
    b"",
    b"\0",
    bytes(range(256)) * 20,
    b"\xed\xa0\x80\xc0\x80",
    b"{",
    b"[1]\n",
    b'{"a": 1}',
    b"a\r\n\n",
    "é\ufffd".encode(),
]


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_decryption_gives_back_the_bytes(data: bytes) -> None:
    assert decrypt(encrypt(data, BINARY), BINARY).data == data


@pytest.mark.parametrize("data", NASTY)
def test_sops_and_we_give_back_what_either_encrypted(data: bytes) -> None:
    assert sops_decrypts(encrypt(data, BINARY), BINARY) == data
    assert decrypt(sops_encrypts(data, BINARY), BINARY).data == data


def test_new_file_is_laid_out_as_sops_does() -> None:
    theirs = sops_encrypts(b"x", BINARY)
    again = encrypt_again(b"x", BINARY, theirs)
    assert masked(encrypt(b"x", BINARY)).split(b'"enc"')[0] == masked(theirs).split(b'"enc"')[0]
    assert masked(again) == masked(theirs)
    assert again.split(b"\n")[1] == theirs.split(b"\n")[1]  # the value keeps its nonce


def test_large_file() -> None:
    data = bytes(range(256)) * 20_000
    assert decrypt(encrypt(data, BINARY), BINARY).data == data


@pytest.mark.parametrize("version", ["sops-3.8.1", "sops-3.9.4"])
def test_older_sops(version: str) -> None:
    data = b"\0\xff x\n"
    assert sops_decrypts(encrypt(data, BINARY), BINARY, version=version) == data
    assert decrypt(sops_encrypts(data, BINARY, version=version), BINARY).data == data


def test_file_is_never_left_clear() -> None:
    with pytest.raises(FailedError, match="as a whole"):
        read(b"secret").written({}, metadata(mac="m"))


def test_metadata_in_place() -> None:
    data = encrypt(b"x", BINARY)
    document, file = documents.read(data, BINARY), formats.read(data, BINARY)
    assert file is not None
    assert document.encrypted
    written = document.written({}, file.metadata._replace(mac="m")).data
    assert masked(written) == masked(data).replace(b'"mac": "ENC"', b'"mac": "m"')


@pytest.mark.parametrize("version", ["sops", "sops-3.8.1"])
def test_damaged_file_is_refused(version: str) -> None:
    data = sops_encrypts(b"x", BINARY, version=version)
    with pytest.raises(BrokenFileError):
        documents.read(data[: len(data) // 2], BINARY)
    with pytest.raises(BrokenFileError, match="data"):
        documents.read(data.replace(b'"data"', b'"dota"', 1), BINARY)


def test_leaf_is_the_whole_file() -> None:
    (leaf,) = read(b"\xff").leaves
    assert (leaf.path, leaf.value, leaf.is_comment) == (("data",), "\udcff", False)
    assert read(b"x").line_of(0) is None
    assert not read(b'{"sops": "no metadata"}').encrypted


def test_tree_is_an_object_with_the_text() -> None:
    assert read(b"x").tree() == (Branch((("data", "x"),)),)
    assert read(b"x").tree({0: "y"}) == decrypt(encrypt(b"y", BINARY), BINARY).tree
    assert emit(read(b"\xff").tree(), None) == b"\xff"


@pytest.mark.parametrize("tree", [Branch(()), Branch((("data", 1),)), Branch((("a", "x"),))])
def test_other_trees_are_refused_as_in_sops(tree: Branch) -> None:
    with pytest.raises(FailedError):
        emit([tree], None)


def test_only_the_content_can_be_set() -> None:
    assert read(b"x").set(["data"], "\udcff") == b"\xff"
    for path, value in ((["a"], "x"), (["data"], 1), ([], "x")):
        with pytest.raises(FailedError):
            read(b"x").set(path, value)
    with pytest.raises(FailedError):
        read(b"x").unset(["data"])
