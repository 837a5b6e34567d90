"""A secret file in the middle of a merge."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, BOB, encrypted, messages

ID = "conflict-markers"
RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"
CONFLICT = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.env", "a.ini", "a.txt"])
def test_the_line_of_the_first_marker(name: str) -> None:
    files = {".sops.yaml": RULES, f"secrets/{name}": f"first\n{CONFLICT}"}
    assert messages(ID, files) == [f"secrets/{name}:2: holds the conflict markers of a merge"]
    assert messages("not-encrypted", files) == []


def test_an_encrypted_file_between_two_states() -> None:
    ours, theirs = encrypted(ALICE), encrypted(ALICE, BOB)
    text = f"a: b\n<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n"
    files = {".sops.yaml": RULES, "secrets/a.yaml": text}
    assert messages(ID, files) == ["secrets/a.yaml:2: holds the conflict markers of a merge"]
    assert messages("broken-file", files) == []


def test_a_line_of_equals_signs_is_no_conflict() -> None:
    files = {".sops.yaml": RULES, "secrets/a.md": "Title\n=======\n", "b.yaml": CONFLICT}
    assert messages(ID, files) == []
