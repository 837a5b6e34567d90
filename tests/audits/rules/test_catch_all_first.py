"""A catch-all before other rules."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, messages

ID = "catch-all-first"
LAST = f"  - path_regex: ^b/\n    age: {ALICE}\n"


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("''", "no path_regex"),
        ("~", "no path_regex"),
        (".*", "the pattern .*"),
        ("^.*$", "the pattern ^.*$"),
        ("(secrets)?", "the pattern (secrets)?"),
        ("'[^/]+'", "the pattern [^/]+"),
        ("''  # x", "no path_regex"),
    ],
)
def test_it_leaves_the_others_nothing(pattern: str, shown: str) -> None:
    text = f"creation_rules:\n  - path_regex: {pattern}\n    age: {ALICE}\n"
    assert messages(ID, {".sops.yaml": text + LAST}) == [
        f".sops.yaml:2: rule 1 has {shown} and claims every file, so that none reaches rule 2"
    ]
    assert messages(ID, {".sops.yaml": text}) == []


def test_only_the_first_counts() -> None:
    text = f"creation_rules:\n  - age: {ALICE}\n  - age: {ALICE}\n{LAST}"
    assert messages(ID, {".sops.yaml": text}) == [
        ".sops.yaml:2: rule 1 has no path_regex and claims every file, so that none reaches rules 2 to 3"
    ]


def test_at_the_end_it_is_a_fallback() -> None:
    text = f"creation_rules:\n{LAST}  - path_regex: ^x\n    age: {ALICE}\n  - age: {ALICE}\n"
    assert messages(ID, {".sops.yaml": text}) == []


def test_where_a_field_is_misspelt_that_is_the_finding() -> None:
    text = f"creation_rules:\n  - path: ^a/\n    age: {ALICE}\n{LAST}"
    assert messages(ID, {".sops.yaml": text}) == []
