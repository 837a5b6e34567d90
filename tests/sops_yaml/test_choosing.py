"""Many rules: the same answer as trying one after the other, in time that grows with them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.errors import ConfigurationError
from sopskit.sops_yaml import reading
from sopskit.text import patterns
from tests.audits.examples import ALICE

if TYPE_CHECKING:
    from sopskit.sops_yaml.model import Rule, SopsYaml

_ODD = (
    "(",
    "a(b",
    "c)d",
    "[",
    "x|y",
    "(?i)SECRETS",
    "(?P<n>a)",
    r"\Qa.b",
    r"\Qa|b\E",
    "^$",
    "$",
    "(?m)^b$",
    "a{1001}",
)


def document_of(regexes: list[str]) -> SopsYaml:
    """A `.sops.yaml` with a rule for each pattern."""
    quoted = (regex.replace("'", "''") for regex in regexes)
    rules = "".join(f"  - path_regex: '{regex}'\n    age: {ALICE}\n" for regex in quoted)
    return reading.load(f"creation_rules:\n{rules}".encode(), ".sops.yaml")


def one_by_one(rules: tuple[Rule, ...], path: str) -> int | str | None:
    """The number of the first rule that claims a path, or the error on the way to it."""
    try:
        return next((rule.number for rule in rules if rule.claims(path)), None)
    except ConfigurationError as error:
        return error.message


def chosen(document: SopsYaml, path: str) -> int | str | None:
    """As `one_by_one`."""
    try:
        rule = document.rule_for(path)
    except ConfigurationError as error:
        return error.message
    return rule.number if rule else None


def next_claiming(document: SopsYaml, behind: Rule, path: str) -> int | str | None:
    """As `one_by_one`, for the rules behind one."""
    try:
        rule = document.next_claiming(behind, path)
    except ConfigurationError as error:
        return error.message
    return rule.number if rule else None


_REGEX = st.one_of(
    st.sampled_from(_ODD),
    st.from_regex(r"\A\^?[ab./|]{1,4}\$?\Z"),
    st.builds("^f{}/".format, st.integers(0, 99)),
)
_PATH = st.one_of(st.text("abcxy./\n", max_size=4), st.builds("f{}/a".format, st.integers(0, 99)))


@pytest.mark.property
@given(
    st.lists(_REGEX, max_size=8),
    st.integers(0, 70),
    st.lists(_REGEX, max_size=8),
    st.lists(_PATH, min_size=1, max_size=5),
)
def test_the_same_rule_and_the_same_error(
    start: list[str], between: int, end: list[str], paths: list[str]
) -> None:
    document = document_of([*start, *(f"^q{number}$" for number in range(between)), *end])
    for path in paths:
        assert chosen(document, path) == one_by_one(document.rules, path)
        for rule in document.rules[:3]:
            assert next_claiming(document, rule, path) == one_by_one(document.rules[rule.number :], path)


def test_parentheses_of_two_rules_do_not_make_one_pattern() -> None:
    document = document_of(["a(b", "c)d", "x"])
    assert "rule 1 does not compile" in str(chosen(document, "x"))


def test_rules_and_files_by_the_thousand() -> None:
    """Each file under its own rule: patterns are compiled once, and most are not tried."""
    number = 3_000
    document = document_of([f"^area{each}/[^/]+\\.yaml$" for each in range(number)])
    patterns.compile.cache_clear()
    start = time.process_time()
    assert [chosen(document, f"area{each}/x.yaml") for each in range(number)] == list(range(1, number + 1))
    assert patterns.compile.cache_info().misses < 4 * number
    assert patterns.compile.cache_info().currsize <= 1024
    assert time.process_time() - start < 10
