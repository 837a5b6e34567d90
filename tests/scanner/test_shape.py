"""The shape of patterns: what is refused, widths, and an expression that means the same as the pattern."""

from __future__ import annotations

import re

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.scanner.beginnings import beginning_of, is_rare, least_of_tail
from sopskit.scanner.shape import ShapeError, render, shape_of, width

PATTERNS = [
    "ghp_[0-9A-Za-z]{36}",
    "(?i:Api[_-]?Key)=[^\\s'\"]{3,9}",
    "(?:sk|rk)_(?:live|test)_\\w{2,5}",
    "(?i)abc(?-i:DEF)[g-k]",
    "[0-9]{2,4}:AA.{3}",
    "a(?P<secret>b{0,2}c?)d",
    "[^\\n]x\\d\\D\\W\\.",
    "(?:ab|a)(?:b|bc){1,3}",
    "x\\x00\\xff[\\x80-\\xff]{1,2}?",
]


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("a+", "without a limit"),
        ("a*b", "without a limit"),
        ("a{5,}", "without a limit"),
        ("a{1,40000}", "too large"),
        ("(?:a{1,1000}){1,1000}", "more than"),
        ("(?=a)b", "assert"),
        ("(?<!a)b", "assert"),
        (r"(a)\1", "groupref"),
        ("^a", "at"),
        (r"a\b", "at"),
        ("(?m)a", "flag"),
        ("(?s:a.)", "flag"),
        ("a?", "nothing"),
        ("(a", "no regular expression"),
        ("[z-a]", "no regular expression"),
        ("é", "ASCII"),
        ("a(?>b|bc)d", "atomic"),
        ("a{1,3}+b", "possessive"),
    ],
)
def test_what_rules_must_not_have_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(ShapeError, match=problem):
        shape_of(pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("abc", (3, 3)),
        ("a{2,5}b?", (2, 6)),
        ("(?:ab|c){3}", (3, 6)),
        ("a|bcd", (1, 3)),
        ("(?:a{2}b?){2}", (4, 6)),
    ],
)
def test_width(pattern: str, expected: tuple[int, int]) -> None:
    assert width(shape_of(pattern)) == expected


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=30)
@given(st.data())
def test_rendered_it_matches_the_same(pattern: str, data: st.DataObject) -> None:
    rendered = re.compile(render(shape_of(pattern)).encode())
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    in_re2 = re2.compile(rendered.pattern, options)
    original = re.compile(pattern.encode())
    text = data.draw(st.one_of(st.from_regex(original), st.binary(max_size=30)))
    assert bool(rendered.fullmatch(text)) == bool(original.fullmatch(text))
    assert bool(in_re2.fullmatch(text)) == bool(original.fullmatch(text))


@pytest.mark.parametrize("slack", [0, 1, 2, 100])
@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=30)
@given(st.data())
def test_each_match_begins_with_the_beginning(pattern: str, slack: int, data: st.DataObject) -> None:
    shape = shape_of(pattern)
    beginning = beginning_of(shape, slack)
    text = data.draw(st.from_regex(re.compile(pattern.encode()), fullmatch=True))
    for searched in (beginning, least_of_tail(beginning), least_of_tail(shape)):
        found = re.match(render(searched).encode(), text)
        assert found is not None
        assert width(searched)[0] <= found.end() <= width(searched)[1]


@pytest.mark.parametrize(
    ("pattern", "rare"),
    [
        ("ghp_x", True),
        ("[0-9a-f]{32}", False),
        ("[0-9a-f]{8,9}-us[0-9]", True),
        ("[0-9a-f]{8,9}-u[0-9]", False),
        ("https?://[a-z]{3}", False),
        ("https?://hooks[.]a", True),
        ("(?i:key)=", True),
        ("ab[0-9]cd", False),
        ("(?:sk|pk)_[0-9]", True),
        ("(?:sk|p)_[0-9]", False),
        ("ab{0,1}c[0-9]", False),
        ("(?:abc){0,1}d", False),
        ("(?:abc){1,4}d", True),
        ("a{3}", True),
        ("ab{1,2}cd", False),
    ],
)
def test_a_literal_that_is_not_everywhere_makes_it_rare(pattern: str, *, rare: bool) -> None:
    assert is_rare(shape_of(pattern)) is rare


@pytest.mark.parametrize(
    ("pattern", "slack", "expected"),
    [
        ("ab{2,5}c{3,9}d", 0, "ab{2}"),
        ("ab{2,5}c{3,9}d", 3, "ab{2,5}c{3}"),
        ("ab{2,5}c{3,9}d", 9, "ab{2,5}c{3,9}d"),
        ("(?:ab{0,3}c){2}d", 3, "ab{0,3}ca"),
        ("x(?:abc|d[0-9]{1,9}e)f", 4, "x(?:abc|d[0-9])"),
        ("a[0-9]{1,80}", 64, "a[0-9]"),
    ],
)
def test_the_beginning_ends_where_the_width_varies_too_much(pattern: str, slack: int, expected: str) -> None:
    assert render(beginning_of(shape_of(pattern), slack)) == render(shape_of(expected))
