"""A rule whose pattern matches no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "rule-matches-nothing"


def _rules(*patterns: str) -> str:
    return "creation_rules:\n" + "".join(f"  - path_regex: {each}\n    age: {ALICE}\n" for each in patterns)


def test_a_pattern_that_matches_no_path() -> None:
    files = {".sops.yaml": _rules("^a/", "^b/"), "a/x.yaml": encrypted(ALICE)}
    assert messages(ID, files) == [".sops.yaml:4: rule 2 matches no file: ^b/"]


def test_a_file_may_be_plaintext_or_claimed_by_an_earlier_rule() -> None:
    files = {".sops.yaml": _rules("^a/", r"\.yaml$", "^b/"), "a/x.yaml": encrypted(ALICE), "b/x": "plain\n"}
    assert messages(ID, files) == []


def test_a_catch_all_and_a_rule_for_pipes_need_no_file() -> None:
    rules = f"creation_rules:\n  - path_regex: ^/dev/stdin$\n    age: {ALICE}\n  - age: {ALICE}\n"
    assert messages(ID, {".sops.yaml": rules}) == []


def test_a_pattern_that_does_not_compile_is_another_finding() -> None:
    assert messages(ID, {".sops.yaml": _rules("'('", "^a/"), "a/x": "plain\n"}) == []


def test_the_place_is_the_pattern_and_the_hint_names_files_without_a_rule(tmp_path: Path) -> None:
    files = {
        ".sops.yaml": _rules(r"secrets/[^/]+\.(yaml|json|env|ini)$"),
        "secrets/nova/secrets.sops.yaml": encrypted(ALICE),
    }
    (finding,) = found(ID, example(tmp_path, files))
    assert finding.place[1:] == (2, 17, 2, 52)
    assert finding.hint == (
        "secrets/nova/secrets.sops.yaml is encrypted, and no rule claims it; is the pattern meant for it?"
    )


def test_the_hint_names_no_file_that_has_nothing_to_do_with_the_pattern(tmp_path: Path) -> None:
    files = {".sops.yaml": _rules("^terraform/secrets"), "nova/secrets.yaml": encrypted(ALICE)}
    (finding,) = found(ID, example(tmp_path, files))
    assert "nova" not in finding.hint


def test_each_config_has_its_own_files() -> None:
    files = {
        ".sops.yaml": _rules("^apps/x"),
        "apps/.sops.yaml": _rules("^x", "^y"),
        "apps/x.yaml": encrypted(ALICE),
    }
    assert messages(ID, files) == [
        ".sops.yaml:2: rule 1 matches no file: ^apps/x",
        "apps/.sops.yaml:4: rule 2 matches no file: ^y",
    ]
