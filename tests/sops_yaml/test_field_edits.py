"""Edits of one field of a rule: everything else keeps its bytes, and what is not certain is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import SopskitError, UnsupportedShapeError, UsageError
from sopskit.sops_yaml import field_edits
from sopskit.sops_yaml.reading import load_text
from tests.sops_yaml.samples import age

_KEY = age("a")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("- path_regex: a  # c", r"- path_regex: ^b\.yaml$  # c"),
        ("- path_regex: 'a'", r"- path_regex: '^b\.yaml$'"),
        ('- path_regex: "a"', r'- path_regex: "^b\\.yaml$"'),
        ("- {path_regex: a, pgp: x}", r"- {path_regex: ^b\.yaml$, pgp: x}"),
        ("- ? path_regex\n  : a", "- ? path_regex\n  : ^b\\.yaml$"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_pattern_keeps_its_quotes_and_its_surroundings(before: str, after: str, newline: str) -> None:
    def text(rule: str) -> str:
        rule = rule if rule.startswith("- {") else f"{rule}\n  age: {_KEY}"
        return f"\ufeff# c\ncreation_rules:\n{rule}\n\n- age: {_KEY}".replace("\n", newline)

    assert field_edits.set_pattern(load_text(text(before), "x"), 1, r"^b\.yaml$").text == text(after)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1),
    st.sampled_from("'\" "),
)
@settings(max_examples=50)
def test_any_pattern_is_read_back_or_refused(pattern: str, quote: str) -> None:
    quote = quote.strip()
    text = f"creation_rules:\n- path_regex: {quote}a{quote}  # c\n  age: {_KEY}\n"
    try:
        changed = field_edits.set_pattern(load_text(text, "x"), 1, pattern)
    except SopskitError:
        return
    assert changed.rules[0].path_regex == pattern
    assert changed.text.startswith(f"creation_rules:\n- path_regex: {quote}")
    assert changed.text.endswith(f"{quote}  # c\n  age: {_KEY}\n")


@pytest.mark.parametrize(
    "rules",
    [
        f"- path_regex: |\n    a\n  age: {_KEY}",
        f"- path_regex: >-\n    a\n  age: {_KEY}",
        f"- path_regex: &p a\n  age: {_KEY}\n- path_regex: *p\n  age: {_KEY}",
        f"- path_regex: !!str a\n  age: {_KEY}",
        f"- &r {{path_regex: a, age: {_KEY}}}\n- *r",
        f"- age: {_KEY}",
    ],
    ids=["literal", "folded", "anchored", "tagged", "shared", "none"],
)
def test_a_pattern_that_is_shared_or_laid_out_otherwise_is_refused(rules: str) -> None:
    with pytest.raises(UnsupportedShapeError):
        field_edits.set_pattern(load_text(f"creation_rules:\n{rules}\n", "x"), 1, "b")


def test_a_pattern_that_a_merge_key_brings_is_refused() -> None:
    text = f"x: &x {{path_regex: a}}\ncreation_rules:\n- <<: *x\n  age: {_KEY}\n"
    with pytest.raises(UnsupportedShapeError):
        field_edits.set_pattern(load_text(text, "x"), 1, "b")


def test_a_field_is_renamed_and_nothing_else() -> None:
    text = f"creation_rules:\n- path:   'a' # path\n  age: {_KEY}\n- path: b\n  age: {_KEY}\n"
    changed = field_edits.rename_field(load_text(text, "x"), 1, "path", "path_regex")
    assert changed.text == text.replace("- path:   'a'", "- path_regex:   'a'")
    assert [rule.path_regex for rule in changed.rules] == ["a", ""]


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("path: a, path_regex: b", "path", "path_regex"),
        ("path: a", "other", "path_regex"),
        ("'path': a", "path", "path_regex"),
        ("path: [a]", "path", "path_regex"),
        ("treshold: many", "treshold", "shamir_threshold"),
        ("encrypted: a, encrypted_suffix: b", "encrypted", "encrypted_regex"),
        ("path: a", "path", "paths"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(rule: str, old: str, new: str) -> None:
    with pytest.raises(UnsupportedShapeError):
        field_edits.rename_field(load_text(f"creation_rules: [{{{rule}, age: {_KEY}}}]", "x"), 1, old, new)


def test_there_has_to_be_such_a_rule() -> None:
    with pytest.raises(UsageError):
        field_edits.set_pattern(load_text(f"creation_rules: [{{age: {_KEY}}}]", "x"), 2, "b")
