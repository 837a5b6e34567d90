"""YAML documents encrypted and decrypted, real sops being the judge: values, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops.formats import Format
from tests.sops.documents import yaml_texts
from tests.sops.documents.flat_files import decrypt, encrypt, refused, sops_decrypts, sops_encrypts
from tests.sops.documents.yaml_checks import (
    YAML,
    comments,
    outside_values,
    read,
    sops_reads,
    sops_values,
    typed,
    values,
)

ALL = yaml_texts.DOCUMENTS | yaml_texts.NOT_IN_PLACE

# Where sops gives comments back encrypted, or an empty string for an empty one.
COMMENTS_THAT_SOPS_LOSES = {"comment before a dedent", "empty comments"}


@pytest.mark.parametrize("name", ALL)
def test_sops_reads_what_we_encrypt(name: str) -> None:
    text = ALL[name]
    encrypted = encrypt(text.encode(), YAML)
    by_sops = sops_encrypts(text.encode(), YAML)
    assert sops_values(encrypted, text) == values(text)
    if name not in COMMENTS_THAT_SOPS_LOSES:
        assert sops_values(by_sops, text) == values(text)
    if name not in yaml_texts.NOT_YAML_AFTER_SOPS:
        found = comments(sops_decrypts(encrypted, YAML))
        assert name in COMMENTS_THAT_SOPS_LOSES or found == comments(sops_decrypts(by_sops, YAML))


@pytest.mark.parametrize("name", yaml_texts.DOCUMENTS)
def test_decryption_gives_the_text_back_outside_the_values(name: str) -> None:
    text = yaml_texts.DOCUMENTS[name]
    back = decrypt(encrypt(text.encode(), YAML), YAML).data.decode()
    assert typed(back) == typed(text)
    assert comments(back) == comments(text)
    if "*" not in text and ">-  #" not in text:  # aliases are written out, folds become lines
        assert outside_values(back) == outside_values(text)


@pytest.mark.parametrize("name", ALL)
def test_we_read_what_sops_encrypts(name: str) -> None:
    encrypted = sops_encrypts(ALL[name].encode(), YAML)
    assert values(decrypt(encrypted, YAML).data) == sops_values(encrypted, ALL[name])


def test_a_quoted_merge_key() -> None:
    """Sops writes such a key as a merge and does not open the file again; ours it opens."""
    text = 'a:\n  "<<": text\n'
    encrypted = encrypt(text.encode(), YAML)
    assert sops_values(encrypted, text) == values(text)
    assert decrypt(encrypted, YAML).data.decode() == text


@pytest.mark.parametrize("version", ["sops-3.8.1", "sops-3.9.4"])
def test_older_versions(version: str) -> None:
    text = yaml_texts.DOCUMENTS["styles"] + "l:\n  - x: [1, yes]\n    # c\n    y: ~\n  - z\n"
    ours = sops_decrypts(encrypt(text.encode(), YAML), YAML, version=version)
    theirs = decrypt(sops_encrypts(text.encode(), YAML, version=version), YAML).data
    assert values(ours) == values(theirs) == values(text)
    assert comments(ours) == comments(theirs) == comments(text)


def test_every_scalar_means_what_it_means_to_sops() -> None:
    scalars = yaml_texts.SCALARS
    text = "".join(f"k{number}: {scalar}\n" for number, scalar in enumerate(scalars))
    text += "l:\n" + "".join(f"  - {scalar}\n" for scalar in (*scalars, *yaml_texts.BLOCK_SCALARS))
    text += "".join(f"f{number}: [{scalar}]\n" for number, scalar in enumerate(scalars) if scalar != "-")
    by_sops = sops_decrypts(sops_encrypts(text.encode(), YAML), YAML)
    encrypted = encrypt(text.encode(), YAML)
    back = decrypt(encrypted, YAML).data
    assert values(text) == values(by_sops) == values(sops_reads(encrypted))
    assert typed(back) == typed(text)
    assert outside_values(back.decode()) == outside_values(text)


@given(yaml_texts.documents())
@settings(max_examples=150)
def test_decryption_of_random_documents_keeps_types_and_comments(text: str) -> None:
    try:
        encrypted = encrypt(text.encode(), YAML)
    except (BrokenFileError, FailedError):
        return
    back = decrypt(encrypted, YAML).data
    assert typed(back) == typed(text)
    assert "*" in text or comments(back) == comments(text)  # a flow collection has no place for comments


# What is refused.


@pytest.mark.parametrize("scalar", yaml_texts.REFUSED)
def test_refused_as_sops_refuses(scalar: str) -> None:
    text = f"a: 1\nb: {scalar}\n"
    assert refused(text.encode(), YAML)
    with pytest.raises(BrokenFileError) as raised:
        encrypt(text.encode(), YAML)
    assert raised.value.line in (2, 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", None),
        ("# c\n", None),
        ("- a\n", 1),
        ("a\n", 1),
        ("a: 1\n---\n- b\n", 3),
        ("a: 1\n1: b\n", 2),
        ("a: 1\n~: b\n", 2),
        ("a:\n  b: 1\n  b: 2\n", 3),
        ("%YAML 1.2\n---\na: 1\n", 1),
        ("a: 1\n\tb: 2\n", 2),
    ],
)
def test_refused_documents(text: str, line: int | None) -> None:
    assert refused(text.encode(), YAML)
    with pytest.raises(BrokenFileError) as raised:
        read(text)
    assert raised.value.line == line


def test_a_key_may_stand_twice_in_a_later_document() -> None:
    """As in sops, which decodes the first document only."""
    text = "a: 1\n---\nb: 1\nb: 2\nc: !!int x\n"
    assert values(sops_reads(encrypt(text.encode(), YAML))) == values(text)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: \0\n", 2),
        (b"a: 1\nb: \x01\n", 2),
        (b"a: 1\nb: \xff\n", 2),
        ("a: 1\n".encode("utf-16"), 1),
        (b"a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", 2),
        ("".join(" " * level + "a:\n" for level in range(10_000)).encode(), 201),
        (b"a: " + b"[" * 100_000, 1),
        (b"a:\n" + b"- " * 10_000 + b"x\n", 2),
        (b"a: &a [x]\n" + b"".join(b"a%d: &a [*a, *a]\n" % n for n in range(60)), None),
        (b"a: &a [1, 2, 3, 4]\n" + b"".join(b"a%d: &a [*a, *a]\n" % n for n in range(12)), None),
        (b"a: &a [x]\n" + b"".join(b"a%d: &b [*a]\nb%d: &a [*b]\n" % (n, n) for n in range(200)), None),
    ],
)  # fmt: skip
def test_hostile_texts(data: bytes, line: int | None) -> None:
    with pytest.raises(BrokenFileError) as raised:
        read(data)
    assert line is None or raised.value.line == line


def test_comments_that_sops_drops_are_encrypted_too() -> None:
    text = """%YAML 1.1 # canary
---
a: [ # canary
  "b" ]
# clear: nothing
d: {x: [], # canary
  z: { # canary
  }}
...
# canary
"""
    encrypted = encrypt(text.encode(), Format.YAML)
    assert b"canary" not in encrypted
    assert decrypt(encrypted, Format.YAML).data == text.encode()
    assert b"canary" not in sops_decrypts(encrypted, Format.YAML).replace(b"# canary\n", b"")


def test_a_long_line() -> None:
    data = b'a: "' + b"x\\n" * 2_000_000 + b'"\n'
    assert decrypt(encrypt(data, YAML), YAML).data == data
