"""RE2 patterns: what Go's `regexp` takes and what it refuses."""

from __future__ import annotations

import os
import time

import pytest

from sopskit.text import patterns


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abc", True),
        ("^b", "abc", False),
        (r"a.b", "a\nb", False),
        (r"^.$", "é", True),
        (r"\Q\C\E", r"x\C", True),
        (r"\\C", r"x\C", True),
        (r"\pL{3}", "äöü", True),
        (r"\d", "٣", False),
        (r"(?i)ABC", "xabc", True),
        ("\x00", "a\x00", True),
    ],
)
def test_search(pattern: str, text: str, found: bool) -> None:
    assert patterns.compile(pattern).search(text) is found


@pytest.mark.parametrize("pattern", ["(", r"\C", r"a\\\C", "a{1001}", "(?=x)", r"(a)\1", "[z-a]", "\udc80"])
def test_what_go_refuses_is_an_error_of_one_line(pattern: str) -> None:
    with pytest.raises(patterns.PatternError) as caught:
        patterns.compile(pattern)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "pattern", ["(a*)*(a*)*c", "(a|aa)+$", "(x{100}){10}y", "(.*){0,500}z", "[^b]{1000}[^b]{1000}b"]
)
def test_hostile_patterns_stay_quick(pattern: str) -> None:
    started = time.process_time()
    patterns.compile(pattern).search("a" * 4000)
    assert time.process_time() - started < 2


def test_a_path_that_is_not_utf8_has_one_replacement_for_each_byte() -> None:
    path = os.fsdecode(b"a\xff\xfe/\xc3\xa9")
    assert patterns.compile("^a\ufffd{2}/é$").search(path)
    assert patterns.compile("^a../.$").search(path)
