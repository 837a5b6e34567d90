"""Metadata in older and in reformatted shapes: read right, and edited without touching anything else."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import FailedError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops import formats
from sopskit.sops.formats import SopsFile, format_of
from sopskit.sops.metadata import Stanza, effective_threshold
from tests.sops.shapes import ENC, PGP, SHAPES

TIME = "2026-01-01T00:00:00Z"


def read(data: bytes, name: str) -> SopsFile:
    file = formats.read(data, format_of(name))
    assert file is not None
    return file


def age(text: str, enc: str = ENC) -> Stanza:
    return Stanza(label(StanzaKind.AGE, text), enc)


def pgp(text: str) -> Stanza:
    return Stanza(label(StanzaKind.PGP, text), PGP, TIME)


def kms(text: str) -> Stanza:
    fields = {"arn": text, "aws_profile": "", "context": {"b": "2", "a": "on"}}
    return Stanza(label(StanzaKind.KMS, f"{text}|a:on,b:2"), "AQ==", TIME, tuple(sorted(fields.items())))


# sops reads no dotenv file with CRLF, and no JSON with a BOM.
CRLF = [
    (name, newline) for name in SHAPES for newline in ("\n", "\r\n") if newline == "\n" or name != "old.env"
]
BOM = [
    (name, newline, bom) for name, newline in CRLF for bom in ("", "\ufeff") if not bom or name[-4:] != "json"
]


@pytest.mark.parametrize(("name", "newline", "bom"), BOM)
def test_recipients(name: str, newline: str, bom: str) -> None:
    text, expected = SHAPES[name]
    file = read((bom + text.replace("\n", newline)).encode(), name)
    assert [s.recipient.text for group in file.metadata.groups for s in group] == expected


def test_cloud_stanza_keeps_its_fields() -> None:
    file = read(SHAPES["cloud.yaml"][0].encode(), "cloud.yaml")
    stanza = file.metadata.groups[0][0]
    assert dict(stanza.fields)["context"] == {"a": "one", "b": "two"}
    assert (stanza.created_at, stanza.enc) == ("2024-01-01T00:00:00Z", "AQ==")
    assert file.metadata.selector == ("encrypted_regex", "^data$")
    assert file.metadata.mac_only_encrypted


@pytest.mark.parametrize(("name", "newline"), CRLF)
@pytest.mark.parametrize(
    "new", [[age("age1new")], [pgp("A" * 40)], [kms("arn:x")], [age("age1a"), kms("arn:y"), pgp("B" * 40)]]
)
def test_added_then_removed(name: str, new: list[Stanza], newline: str) -> None:
    data = SHAPES[name][0].replace("\n", newline).encode()
    file = read(data, name)
    (group,) = file.metadata.groups
    added = file.with_groups([[*group, *new]], 0)
    found = read(added, name).metadata
    assert {s.identity for s in found.groups[0]} == {s.identity for s in (*group, *new)}
    assert {s.recipient.key: s.fields for s in found.groups[0] if s in new} == {
        s.recipient.key: s.fields for s in new
    }
    assert found._replace(groups=()) == file.metadata._replace(groups=())
    assert set(data.splitlines()) - set(added.splitlines()) <= {
        line
        for line in data.splitlines()
        if line.rstrip().endswith((b"[]", b"null", b"null,", b"trailing", b"}", b'"'))
    }
    assert read(added, name).with_groups([group], 0) == data


@pytest.mark.parametrize("name", SHAPES)
def test_groups_and_back_keep_the_data(name: str) -> None:
    data = SHAPES[name][0].encode()
    file = read(data, name)
    (group,) = file.metadata.groups
    groups = [[age("age1x")], [pgp("A" * 40), age("age1y")], [kms("arn:z")]]
    grouped = file.with_groups(groups, 2)
    found = read(grouped, name).metadata
    assert [{s.identity for s in g} for g in found.groups] == [{s.identity for s in g} for g in groups]
    assert found.shamir_threshold == 2
    back = read(grouped, name).with_groups([group], 0)
    assert read(back, name).metadata == file.metadata
    # In groups, all kinds of stanzas can go, come and be replaced where the others stay.
    swapped = read(grouped, name).with_groups(
        [[kms("arn:only")], [age("age1y")], [kms("arn:z"), age("age1w")]], 3
    )
    again = read(swapped, name)
    assert [len(g) for g in again.metadata.groups] == [1, 1, 2]
    assert again.metadata.shamir_threshold == 3
    if not name.endswith(".ini"):
        assert again.with_groups(groups, 2) == grouped


@st.composite
def stanza_lists(draw: st.DrawFn) -> list[Stanza]:
    names = draw(st.lists(st.integers(0, 30), unique=True, min_size=1, max_size=15))
    makers = draw(st.lists(st.sampled_from(["age", "pgp", "kms"]), min_size=len(names), max_size=len(names)))
    make = {
        "age": lambda n: age(f"age1{n}"),
        "pgp": lambda n: pgp(f"{n:040X}"),
        "kms": lambda n: kms(f"arn:{n}"),
    }
    return [make[maker](number) for maker, number in zip(makers, names, strict=True)]


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(SHAPES)), first=stanza_lists(), second=stanza_lists())
def test_any_change_gives_what_was_asked_for(name: str, first: list[Stanza], second: list[Stanza]) -> None:
    file = read(SHAPES[name][0].encode(), name)
    for wanted in (first, second, [*first[:1], *second]):
        file = read(file.with_groups([wanted], 0), name)
        assert sorted(s.recipient.text for s in file.metadata.groups[0]) == sorted(
            s.recipient.text for s in wanted
        )
        assert {s.identity for s in file.metadata.groups[0]} == {s.identity for s in wanted}
    assert file.metadata.mac == read(SHAPES[name][0].encode(), name).metadata.mac


@settings(max_examples=60, deadline=None)
@given(name=st.sampled_from(sorted(SHAPES)), first=stanza_lists(), new=stanza_lists())
def test_appended_stanzas_go_without_a_trace(name: str, first: list[Stanza], new: list[Stanza]) -> None:
    file = read(read(SHAPES[name][0].encode(), name).with_groups([first], 0), name)
    before = file.with_groups([first], 0)
    fresh = [s for s in new if s.recipient not in {f.recipient for f in first}]
    after = read(before, name).with_groups([[*first, *fresh]], 0)
    assert read(after, name).with_groups([first], 0) == before


def test_nobody_left_is_refused() -> None:
    file = read(SHAPES["struct.json"][0].encode(), "x.json")
    refused: list[list[list[Stanza]]] = [[], [[]], [[age("age1x")], []]]
    for groups in refused:
        with pytest.raises(FailedError):
            file.with_groups(groups, 0)


@pytest.mark.parametrize("name", SHAPES)
def test_metadata_reach_another_process(name: str) -> None:
    metadata = read(SHAPES[name][0].encode(), name).metadata
    assert pickle.loads(pickle.dumps(metadata)) == metadata
    new = Stanza(label(StanzaKind.AGE, "age1new"), "enc")
    assert pickle.loads(pickle.dumps(new)) == new


@pytest.mark.parametrize(
    ("groups", "stored", "needed"), [(1, 0, 0), (1, 1, 0), (2, 0, 2), (3, 2, 2), (3, 1, 1)]
)
def test_threshold(groups: int, stored: int, needed: int) -> None:
    assert effective_threshold(groups, stored) == needed
