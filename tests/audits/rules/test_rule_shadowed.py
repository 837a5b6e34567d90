"""A rule that an earlier one leaves no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, BOB, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "rule-shadowed"
FILES = {"a/x.yaml": encrypted(ALICE), "a/y.yaml": encrypted(ALICE), "a/b/z.yaml": encrypted(ALICE)}


def _rules(*patterns: str) -> str:
    return "creation_rules:\n" + "".join(f"  - path_regex: {each}\n    age: {ALICE}\n" for each in patterns)


def test_a_broader_rule_before_a_narrower_one() -> None:
    assert messages(ID, FILES | {".sops.yaml": _rules("^a/", "^a/b/")}) == [
        ".sops.yaml:4: rule 2 gets no file: rule 1 stands before it and matches a/b/z.yaml"
    ]


def test_the_same_pattern_twice() -> None:
    assert messages(ID, FILES | {".sops.yaml": _rules("^a/", "x", "^a/")}) == [
        ".sops.yaml:4: rule 2 gets no file: rule 1 stands before it and matches a/x.yaml",
        (
            ".sops.yaml:6: rule 3 gets no file: rule 1 stands before it and matches "
            "a/b/z.yaml, a/x.yaml and a/y.yaml"
        ),
    ]


def test_a_narrower_rule_before_a_broader_one_is_as_it_should_be() -> None:
    assert messages(ID, FILES | {".sops.yaml": _rules("^a/b/", "^a/")}) == []


def test_a_fallback_behind_several_narrow_rules() -> None:
    assert messages(ID, FILES | {".sops.yaml": _rules("^a/b/", "^a/[xy]", r"\.yaml$")}) == []


def test_a_rule_with_the_same_files_may_be_for_others_to_come(tmp_path: Path) -> None:
    (finding,) = found(ID, example(tmp_path, FILES | {".sops.yaml": _rules("^a/b/", "^a/b")}))
    assert (str(finding.severity), str(finding.confidence)) == ("info", "low")


def test_the_same_files_given_to_somebody_more(tmp_path: Path) -> None:
    both = f"  - path_regex: ^a/\n    age: [{ALICE}, {BOB}]\n  - path_regex: ^a/.*yaml\n    age: {ALICE}\n"
    rules = f"keys: [&bob {BOB}]\ncreation_rules:\n{both}"
    (finding,) = found(ID, example(tmp_path, FILES | {".sops.yaml": rules}))
    assert (str(finding.severity), str(finding.confidence)) == ("warning", "high")
    assert finding.message.endswith(", which gives them to bob as well")


def test_behind_a_catch_all_and_without_any_file_are_other_findings() -> None:
    assert messages(ID, FILES | {".sops.yaml": _rules("^q/", ".*", "^a/")}) == []
