"""A pattern with backslashes where paths have slashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, encrypted, example, fixed, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "windows-separator"
FILES = {"secrets/nova/a.yaml": encrypted(ALICE)}


def _rules(pattern: str) -> dict[str, str]:
    return FILES | {".sops.yaml": f"creation_rules:\n  - path_regex: {pattern}  # c\n    age: {ALICE}\n"}


@pytest.mark.parametrize(
    ("pattern", "repaired"),
    [
        (r"secrets\\nova\\.*\.yaml$", r"secrets[/\\]nova[/\\].*\.yaml$"),
        (r"'^secrets\nova'", r"'^secrets[/\\]nova'"),
        (r'"secrets\\\\nova"', r'"secrets[/\\\\]nova"'),
    ],
)
def test_found_and_repaired(pattern: str, repaired: str, tmp_path: Path) -> None:
    files = _rules(pattern)
    assert messages(ID, files) == [
        ".sops.yaml:2: rule 1 matches no file, since its pattern has backslashes between folders"
    ]
    assert messages("rule-matches-nothing", files) == []
    assert fixed(ID, example(tmp_path, files)) == {".sops.yaml": _rules(repaired)[".sops.yaml"]}


@pytest.mark.parametrize(
    "pattern",
    [
        r"secrets[/\\]nova[/\\].*\.yaml$",
        r"secrets(\\|/)nova",
        r"\.yaml$",
        r"secrets\\other",  # nor would it match with a slash
        r"\bnova\b",
    ],
)
def test_patterns_for_both_systems_and_others(pattern: str) -> None:
    assert messages(ID, _rules(pattern)) == []
