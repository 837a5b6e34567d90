"""JSON documents, held against real sops."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops import formats
from sopskit.sops.cipher import Cipher, is_encrypted
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.json import emit, read
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Selector
from tests.sops.documents import json_texts
from tests.sops.documents.flat_files import (
    decrypt,
    encrypt,
    encrypt_again,
    masked,
    metadata,
    outside_values,
    refused,
    sops,
    sops_decrypts,
    sops_encrypts,
    sops_sets,
)
from tests.sops.oracle import DATA_KEY

JSON = Format.JSON


def readable(data: bytes) -> bool:
    """Whether a text is read, and nothing behind its object is dropped."""
    try:
        document = read(data)
        return not document.encrypted and not document.written({}, metadata(mac="m")).notes
    except BrokenFileError:
        return False


@given(json_texts.texts())
@settings(max_examples=200)
def test_all_outside_values_keeps_its_bytes(data: bytes) -> None:
    assume(readable(data))
    back = decrypt(encrypt(data, JSON), JSON)
    assert outside_values(back.data, JSON) == outside_values(data, JSON)
    assert back.tree == read(data).tree()
    for before, after in zip(read(data).leaves, read(back.data).leaves, strict=True):
        assert after.path == before.path
        assert after.value == before.value or float(str(after.value)) == before.value  # 1e3 is 1000 now


plain_values: st.SearchStrategy[object] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8"))
    ),
    lambda children: st.one_of(st.lists(children), st.dictionaries(st.text(), children)),
    max_leaves=20,
)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), plain_values), st.sampled_from([None, 0, 2, "\t"])
)
@settings(max_examples=40)
def test_text_without_escapes_and_odd_numbers_comes_back_as_it_was(
    value: dict[str, object], indent: int | str | None
) -> None:
    assume("sops" not in value)
    data = json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "replace")
    assert decrypt(encrypt(data, JSON), JSON).data == data


BROKEN = {
    "empty": b"",
    "a list at the top": b"[1]",
    "a text at the top": b'"a"',
    "byte order mark": b"\xef\xbb\xbf{}",
    "comma behind the last": b'{"a": 1,}',
    "comment": b'{"a": 1 // x\n}',
    "leading zero": b'{"a": 01}',
    "plus": b'{"a": +1}',
    "control character": b'{"a": "\x01"}',
    "line break in a string": b'{"a": "x\ny"}',
    "NUL": b'{"a": 1\0}',
    "unknown escape": b'{"a": "\\q"}',
    "half an escape": b'{"a": "\\u12"}',
    "single quotes": b"{'a': 1}",
    "no colon": b'{"a" 1}',
    "no name": b"{1: 2}",
    "no comma": b'{"a": 1 "b": 2}',
    "a number that no float holds": b'{"a": 1e400}',
    "cut off in a string": b'{"a": "x',
    "cut off behind a value": b'{"a": {"b": 1}',
    "word": b'{"a": nul}',
    "conflict": b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> b\n}',
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN.keys())
def test_what_sops_refuses_is_refused(data: bytes) -> None:
    assert refused(data, JSON)
    with pytest.raises(BrokenFileError):
        read(data)


def test_object_cut_off_behind_a_name_is_refused_where_sops_drops_the_rest() -> None:
    data = b'{"a": 1, "b":'
    assert not refused(data, JSON)
    with pytest.raises(BrokenFileError, match="cut off"):
        read(data)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b'{\n  "a": 1,\n  "b" 2\n}', 3, "no valid JSON"),
        (b'{\n  "a": "x\n', 2, "no valid JSON"),
        (b'{\n  "a": 1,\n  "b": "x', 3, "cut off"),
        (b'{\n\n"a": 1e999}', 3, "larger"),
        (b'{\n"a": 1\n<<<<<<< HEAD\n', 3, "conflict"),
    ],
)
def test_error_names_the_line(data: bytes, line: int, message: str) -> None:
    with pytest.raises(BrokenFileError, match=message) as caught:
        read(data)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":' * 10_000,
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b'{"a": "' + b"x" * 10_000_000,
        b'{"a": ' + b"1" * 1_000_000 + b"}",
        b'{"a": "' + b"\\" * 1_000_001,
        b'{"a": [' + b"{}," * 100_000,
        b'{"a":' * 150 + b"{" + b'"b":1,' * 200_000,
    ],
    ids=[
        "objects",
        "lists",
        "long string",
        "million digits",
        "backslashes",
        "many objects",
        "many deep keys",
    ],
)
def test_hostile_text_is_refused_in_bounded_time(data: bytes) -> None:
    start = time.process_time()
    with pytest.raises(BrokenFileError):
        read(data)
    assert time.process_time() - start < 10


def test_million_digits_behind_the_point_are_a_number() -> None:
    assert read(b'{"a": 0.' + b"5" * 1_000_000 + b"}").leaves[0].value == 0.5555555555555556


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-0", 0),
        ("1.0", 1.0),
        ("1e3", 1000.0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 9223372036854775808.0),
        (r'"a\/b"', "a/b"),
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\ud800x"', "\ufffdx"),
        ('"\udcff\udcfe"', "\ufffd\ufffd"),
    ],
)
def test_values(text: str, value: object) -> None:
    leaf = read(f'{{"a": {text}}}'.encode("utf-8", "surrogateescape")).leaves[0]
    assert (leaf.path, leaf.value, type(leaf.value)) == (("a",), value, type(value))


def test_repeated_names_stay_and_are_encrypted_each() -> None:
    data = b'{"a": 1, "a": 2}'
    assert json.loads(sops_decrypts(encrypt(data, JSON), JSON), object_pairs_hook=list) == [
        ("a", 1),
        ("a", 2),
    ]


def test_text_behind_the_object_is_dropped_with_a_note_as_it_would_stay_readable() -> None:
    document = read(b'{"a": 1} secret')
    written = document.written({}, metadata(mac="m"))
    assert b"secret" not in written.data
    assert len(written.notes) == 1


def test_text_behind_an_encrypted_object_is_no_part_of_the_plaintext() -> None:
    data = b'{"a": 1}\n'
    back = read(encrypt(data, JSON) + b'{"a": "forged"}').written({}, None)
    assert b"forged" not in back.data
    assert len(back.notes) == 1


def test_selector_leaves_the_same_values_clear_as_in_sops() -> None:
    data = b'{"a": 1, "b": {"x_plain": [1, {"y": true}], "z": "s"}, "x_plain": null, "c_plain": 1.50}'
    ours = encrypt(data, JSON, Selector("unencrypted_suffix", "_plain"))
    theirs = sops_encrypts(data, JSON, "--unencrypted-suffix", "_plain")
    clear = [
        [leaf.path for leaf in read(file).leaves if not is_encrypted(str(leaf.value))]
        for file in (ours, theirs)
    ]
    assert clear[0] == clear[1]
    assert sops_decrypts(ours, JSON) == sops_decrypts(theirs, JSON)
    assert b"1.50" in ours


def test_comment_of_a_yaml_list_is_no_value_and_goes_on_decryption() -> None:
    data = b'{"a": ["x", "y"], "b": 1}'
    item = Cipher(DATA_KEY).encrypt(" secret comment", "a:", is_comment=True)
    encrypted = encrypt(data, JSON).replace(b', "ENC', f', "{item}", "ENC'.encode(), 1)
    assert sops_decrypts(encrypted, JSON) == sops_decrypts(encrypt(data, JSON), JSON)
    back = decrypt(encrypted, JSON)
    assert back.data == data
    assert back.tree[0].items[0] == ("a", Items(("x", Comment(" secret comment"), "y")))


LAYOUTS = {
    "tabs": b'{\n\t"a": "b"\n}\n',
    "two spaces": b'{\n  "a": {\n    "b": 1\n  }\n}',
    "one line": b'{"a": 1, "b": 2}',
    "minified": b'{"a":1}\n',
    "CRLF": b'{\r\n  "a": 1\r\n}\r\n',
    "indented": b'  {\n    "a": 1\n  }\n',
    "empty": b"{}",
    "empty with a break": b"{\n}\n",
    "space": b'{ "a" : 1 }',
}


@pytest.mark.parametrize("data", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_metadata_is_removed_as_it_was_added(data: bytes) -> None:
    encrypted = encrypt(data, JSON)
    assert b'"mac": "ENC[' in encrypted  # by which Flux knows the file
    assert json.loads(sops_decrypts(encrypted, JSON)) == json.loads(data)
    assert decrypt(encrypted, JSON).data == data


def test_new_metadata_is_laid_out_as_sops_does() -> None:
    data = b'{\n\t"a": 1\n}\n'
    theirs = json.loads(sops_encrypts(data, JSON))["sops"]
    ours = encrypt(data, JSON, Selector("unencrypted_suffix", "_unencrypted"))
    masked = {
        **json.loads(ours)["sops"],
        "age": theirs["age"],
        "lastmodified": theirs["lastmodified"],
        "mac": theirs["mac"],
    }
    assert list(json.loads(ours)["sops"]) == list(theirs)
    assert masked == theirs
    assert sops(ours, JSON, "-d").stdout == data
    assert b'\n\t"sops": {\n\t\t"age": [\n\t\t\t{\n\t\t\t\t"enc": "-----BEGIN' in ours


@pytest.mark.parametrize("order", [["a", "c", "sops"], ["a", "sops", "c"], ["sops", "a", "c"], ["sops"]])
@pytest.mark.parametrize("version", ["sops", "sops-3.8.1"])
def test_edited_file_keeps_the_text_of_its_metadata(order: list[str], version: str) -> None:
    values = json.loads(
        sops_encrypts(b'{"a": 1, "c": "x"}' if "a" in order else b"{}", JSON, version=version)
    )
    file = json.dumps({name: values[name] for name in order}, indent=3).encode()
    plaintext = decrypt(file, JSON).data
    assert json.loads(plaintext) == ({"a": 1, "c": "x"} if "a" in order else {})
    edited = encrypt_again(plaintext, JSON, file)
    assert masked(edited) == masked(file)
    assert decrypt(edited, JSON).data == plaintext


def test_metadata_in_place_changes_only_what_it_says_otherwise() -> None:
    data = encrypt(b'{\n  "a": 1\n}', JSON, Selector("encrypted_regex", "a"))
    file = formats.read(data, JSON)
    assert file is not None
    wanted = file.metadata._replace(mac="m", version="9.0.0", selector=None, mac_only_encrypted=True)
    written = read(data).written({}, wanted).data
    before, after = data.decode().splitlines(), written.decode().splitlines()
    assert [line.strip() for line in after if line not in before] == [
        '"mac": "m",',
        '"mac_only_encrypted": true,',
        '"version": "9.0.0"',
    ]
    assert [line.strip() for line in before if "regex" in line] == ['"encrypted_regex": "a",']
    again = formats.read(written, JSON)
    assert again is not None
    assert again.metadata == wanted
    assert read(written).written({}, file.metadata).data == data


SETS = [
    ('["a"]', '"new"', ["a"], "new"),
    ('["b"]["c"]', "true", ["b", "c"], True),
    ('["b"]["new"]["deep"]', '"x"', ["b", "new", "deep"], "x"),
    ('["l"][0]', '"x"', ["l", 0], "x"),
    ('["l"][7]', '"x"', ["l", 7], "x"),
    ('["l"][2]["k"]', '"x"', ["l", 2, "k"], "x"),
    ('["a"]["was a text"]', '"x"', ["a", "was a text"], "x"),
    ('["e"][5]', '"x"', ["e", 5], "x"),
    ('["o"]["n"]', '"x"', ["o", "n"], "x"),
    ('["n"]', '{"x": {"y": "z"}}', ["n"], Branch((("x", Branch((("y", "z"),))),))),
    ('["new"][3]["a"]', '"x"', ["new", 3, "a"], "x"),
]
TO_SET = b"""{
  "a": "text",
  "b": {
    "c": 1
  },
  "l": [1, "two"],
  "e": [],
  "o": {},
  "n": null
}
"""


@pytest.mark.parametrize(("path", "value", "steps", "node"), SETS, ids=[case[0] for case in SETS])
def test_set_does_what_sops_set_does(path: str, value: str, steps: list[str | int], node: object) -> None:
    ours = read(TO_SET).set(steps, node)  # type: ignore[arg-type]
    theirs = sops_decrypts(sops_sets(encrypt(TO_SET, JSON), JSON, path, value), JSON)
    assert json.loads(ours) == json.loads(theirs)


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ('["a"]', ["a"]),
        ('["n"]', ["n"]),
        ('["b"]["c"]', ["b", "c"]),
        ('["l"][0]', ["l", 0]),
        ('["l"][1]', ["l", 1]),
    ],
)
def test_unset_does_what_sops_unset_does(path: str, steps: list[str | int]) -> None:
    ours = read(TO_SET).unset(steps)
    assert json.loads(ours) == json.loads(
        sops_decrypts(sops_sets(encrypt(TO_SET, JSON), JSON, path, ""), JSON)
    )


def test_set_and_unset_touch_one_place() -> None:
    assert read(TO_SET).set(["b", "c"], 2) == TO_SET.replace(b'"c": 1', b'"c": 2')
    added = read(TO_SET).set(["b", "d"], Items(("x", Branch((("y", 1.0),)))))
    assert added == TO_SET.replace(
        b'"c": 1', b'"c": 1,\n    "d": [\n      "x",\n      {\n        "y": 1\n      }\n    ]'
    )
    assert read(added).unset(["b", "d"]) == TO_SET
    assert read(TO_SET).set(["l", 2], "x") == TO_SET.replace(b'"two"', b'"two", "x"')
    assert read(b'{"a":1,"b":2}').set(["c"], Items((1, 2))) == b'{"a":1,"b":2,"c":[1,2]}'


@pytest.mark.parametrize("path", [[], [0], ["l", "x"], ["l", -1]])
def test_path_that_does_not_fit_is_refused(path: list[str | int]) -> None:
    with pytest.raises(FailedError):
        read(TO_SET).set(path, "x")
    with pytest.raises(FailedError):
        read(TO_SET).unset(path)


@pytest.mark.parametrize("path", [["x"], ["b", "x"], ["l", 2], ["a", "x"]])
def test_what_is_not_there_cannot_be_unset(path: list[str | int]) -> None:
    with pytest.raises(FailedError):
        read(TO_SET).unset(path)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_number_that_json_has_not_is_refused(value: float) -> None:
    with pytest.raises(FailedError):
        emit([Branch((("a", value),))], None)


def test_several_documents_are_refused() -> None:
    with pytest.raises(FailedError):
        emit([Branch(()), Branch(())], None)


@pytest.mark.parametrize("version", ["sops-3.8.1", "sops-3.9.4"])
def test_older_sops(version: str) -> None:
    data = b'{"a": 1, "b": [true, null, "x", 1.5], "c": {"d": ""}}'
    assert json.loads(sops_decrypts(encrypt(data, JSON), JSON, version=version)) == json.loads(data)
    assert json.loads(decrypt(sops_encrypts(data, JSON, version=version), JSON).data) == json.loads(data)


def test_large_file_is_read_fast() -> None:
    data = json.dumps({f"key{number}": "x" * 150 for number in range(30_000)}, indent=2).encode()
    start = time.process_time()
    document = read(data)
    assert time.process_time() - start < 3  # a third of a second, but for other work on the machine
    assert len(document.leaves) == 30_000


def test_line_of_a_leaf() -> None:
    assert [read(TO_SET).line_of(number) for number in range(4)] == [2, 4, 6, 6]


def test_key_sops_makes_a_document_encrypted() -> None:
    assert read(b'{"sops": 1}').encrypted
    assert not read(b'{"a": {"sops": 1}}').encrypted
