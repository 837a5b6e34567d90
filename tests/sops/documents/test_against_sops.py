"""Generated documents of all formats, held against sops's own code, and files of older versions."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sopskit.errors import BrokenFileError
from sopskit.sops.formats import Format
from sopskit.sops.metadata import Selector
from tests.sops.documents import (
    dotenv_texts,
    ini_texts,
    json_texts,
    yaml_comment_texts,
    yaml_simple_texts,
    yaml_texts,
)
from tests.sops.documents.differential import How, check, check_emission, check_older
from tests.sops.documents.flat_files import encrypt, sops_decrypts, sops_encrypts
from tests.sops.oracle import oracle

OLDER = ["3.8.1", "3.9.4", "3.12.2"]

SELECTORS = [
    None,
    None,
    None,
    Selector("encrypted_regex", "[a-m]$"),
    Selector("unencrypted_regex", "^[a-m]"),
    Selector("encrypted_suffix", "y"),
    Selector("unencrypted_suffix", "t"),
    Selector("encrypted_comment_regex", "[0-4]|c"),
    Selector("unencrypted_comment_regex", "^[^E]?[0-4 c]"),
]
hows = st.builds(How, st.sampled_from(SELECTORS), st.booleans())


def hold(data: bytes, format: Format, how: How = How()) -> None:  # noqa: A002, B008
    accepted = check(data, format, how)
    event("a plaintext" if accepted else "refused")
    if accepted:
        check_emission(data, format)


@given(yaml_texts.documents().map(str.encode), hows)
@settings(max_examples=700)
def test_yaml(data: bytes, how: How) -> None:
    hold(data, Format.YAML, how)


@given(yaml_simple_texts.texts(), hows)
@settings(max_examples=700)
def test_yaml_in_its_simplest_layout(data: bytes, how: How) -> None:
    hold(data, Format.YAML, how)


@given(yaml_comment_texts.texts().map(str.encode), hows)
@settings(max_examples=150)
def test_yaml_full_of_comments(data: bytes, how: How) -> None:
    hold(data, Format.YAML, how)


@given(json_texts.texts(), hows)
@settings(max_examples=700)
def test_json(data: bytes, how: How) -> None:
    hold(data, Format.JSON, how)


@given(dotenv_texts.texts(), hows)
@settings(max_examples=700)
def test_dotenv(data: bytes, how: How) -> None:
    hold(data, Format.DOTENV, how)


@given(ini_texts.texts(), hows)
@settings(max_examples=700)
def test_ini(data: bytes, how: How) -> None:
    hold(data, Format.INI, how)


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_binary(data: bytes) -> None:
    hold(data, Format.BINARY)


SMALL = {
    Format.YAML: b"a: 1\nb:\n    - x # c\n    - y: 1.5\n# d\n",
    Format.JSON: b'{\n\t"a": 1,\n\t"b": ["x", null, 1.5]\n}\n',
    Format.DOTENV: b"# c\nA=1\nB=x\\ny\n",
    Format.INI: b"; c\n[s]\na = 1\n\n",
    Format.BINARY: b"\x00\xff",
}


@pytest.mark.parametrize("version", ["3.13.3", *OLDER])
@pytest.mark.parametrize("format", SMALL)
def test_the_oracle_is_sops(format: Format, version: str) -> None:  # noqa: A002
    binary, data = "sops" if version == "3.13.3" else f"sops-{version}", SMALL[format]
    encrypted = oracle(version).encrypt(data, format).data
    decrypted = oracle(version).decrypt(encrypted, format)
    assert (decrypted.error, decrypted.unopened) == ("", 0)
    assert sops_decrypts(encrypted, format, version=binary) == decrypted.data
    by_binary = sops_encrypts(data, format, version=binary)
    assert sops_decrypts(by_binary, format, version=binary) == decrypted.data


@given(st.sampled_from(OLDER), yaml_texts.documents().map(str.encode))
@settings(max_examples=120)
def test_yaml_of_older_versions(version: str, data: bytes) -> None:
    check_older(data, Format.YAML, version)


@given(st.sampled_from(OLDER), json_texts.texts())
@settings(max_examples=120)
def test_json_of_older_versions(version: str, data: bytes) -> None:
    check_older(data, Format.JSON, version)


@given(st.sampled_from(OLDER), dotenv_texts.texts())
@settings(max_examples=120)
def test_dotenv_of_older_versions(version: str, data: bytes) -> None:
    check_older(data, Format.DOTENV, version)


@given(st.sampled_from(OLDER), ini_texts.texts())
@settings(max_examples=120)
def test_ini_of_older_versions(version: str, data: bytes) -> None:
    check_older(data, Format.INI, version)


# Each of these was a mismatch that generated documents found.
FOUND = {
    "an anchor that is given anew within its own mapping": (
        Format.YAML,
        b"a: &x\n  b: &x # c\n---\nc: *x\n",
        How(),
    ),
    "an alias of an empty list item that has a comment": (
        Format.YAML,
        b"k:\n - a\n #!\n - &z {}\nb: *z\n",
        How(),
    ),
    "a comment that says what is encrypted, behind an alias that is written out": (
        Format.YAML,
        b"k:\n  - a: &x\n      b: 1\n  - *x\n# clear\n  - c\n",
        How(Selector("unencrypted_comment_regex", "clear")),
    ),
    "a clear comment beside the anchor of a flow collection": (
        Format.YAML,
        b"k:\n - - &z {a: , b: } #c\n - # c\n   e: *z\n",
        How(Selector("encrypted_comment_regex", "c")),
    ),
    "two comments behind the header of a block": (
        Format.YAML,
        b"a:\n  # 1\n  # 2\n  - | # 3\n    text\n? b\n# 4\n: # 5\n  - | # 6\n    text\n",
        How(),
    ),
    "a triple quote with its text on the next line": (Format.INI, b'k = """ \nx y"""\n', How()),
    "a separator that Python takes for white space": (
        Format.INI,
        b"k = '\\ \x1c'\n",
        How(Selector("encrypted_suffix", "y")),
    ),
    "a delimiter in a quoted name": (Format.INI, b"`'=`= `b=\n x`\n", How()),
}


@pytest.mark.parametrize("name", FOUND)
def test_found(name: str) -> None:
    format, data, how = FOUND[name]  # noqa: A001
    assert check(data, format, how)
    check_emission(data, format)


@pytest.mark.parametrize(
    "data", [b"? a\n: \t# c\n", b"a: 1\n\xef\xbb\xbfb: 2\n"], ids=["tab", "byte order mark"]
)
def test_what_libyaml_alone_refuses_is_refused_unlike_in_sops(data: bytes) -> None:
    assert not oracle().encrypt(data, Format.YAML).error
    with pytest.raises(BrokenFileError):
        encrypt(data, Format.YAML)
