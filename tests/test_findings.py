"""What audits and the scanner give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.findings import Confidence, Finding, Place, Severity, fingerprint, in_order


def text_at(text: str, place: Place) -> str:
    """The span that a place names, found by counting lines and columns."""
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
    end = sum(len(line) + 1 for line in lines[: place.end_line - 1]) + place.end_column - 1
    return text[start:end]


@pytest.mark.property
@given(st.text(alphabet="aä\n\r\t ", max_size=30), st.data())
def test_a_place_names_the_span_that_it_was_made_of(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    place = Place.of_span("x", text, start, end)
    assert min(place[1:]) >= 1
    assert text_at(text, place) == text[start:end]


@pytest.mark.parametrize(
    ("line", "expected"), [(1, "a: 1"), (2, "b:\t2"), (3, ""), (4, "ü"), (5, ""), (9, "")]
)
def test_the_place_of_a_line_is_without_the_blanks_around_it(line: int, expected: str) -> None:
    text = "a: 1\n  b:\t2  \r\n\nü\n"
    place = Place.of_line("x", text, line)
    assert place.line == place.end_line == line
    assert text_at(text, place) == expected


def test_a_fingerprint_is_that_of_the_thing_and_not_of_its_line() -> None:
    known = fingerprint("a", "f.yaml", "nova")
    assert known == fingerprint("a", "f.yaml", "nova")
    others = [("b", "f.yaml", "nova"), ("a", "g.yaml", "nova"), ("a", "f.yaml", "novb"), ("a", "f.yaml")]
    split = [("a", "f.yaml", "no", "va"), ("af.yaml", "", "nova"), ("a", "f.yaml", "\udcff")]
    assert len({known, *(fingerprint(*each) for each in others + split)}) == 8
    assert len(known) == 16


def test_order_and_severity() -> None:
    def finding(path: str, line: int, id_: str, severity: Severity) -> Finding:
        return Finding(id_, Place(path, line), severity, Confidence.HIGH, "m", "h", "0")

    findings = [
        finding("b", 1, "x", Severity.INFO),
        finding("a", 10, "x", Severity.ERROR),
        finding("a", 9, "y", Severity.WARNING),
        finding("a", 9, "x", Severity.ERROR),
    ]
    assert [(f.path, f.place.line, f.id) for f in in_order(findings)] == [
        ("a", 9, "x"),
        ("a", 9, "y"),
        ("a", 10, "x"),
        ("b", 1, "x"),
    ]
    assert [f.fails for f in findings] == [False, True, True, True]
