"""A field of a rule that sops does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, ALICE_PGP, encrypted, example, fixed, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "unknown-field"


def _rules(*rules: str) -> str:
    return "creation_rules:\n" + "".join(f"  - {each}\n    age: {ALICE}\n" for each in rules)


def test_a_misspelt_path_regex_makes_a_catch_all() -> None:
    assert messages(ID, {".sops.yaml": _rules("path: ^a/", "path_regx: ^b/")}) == [
        (
            ".sops.yaml:2: rule 1 has a field path, which sops does not know, and ignores: "
            "without a path_regex the rule claims every file"
        ),
        (
            ".sops.yaml:4: rule 2 has a field path_regx, which sops does not know, and ignores: "
            "without a path_regex the rule claims every file"
        ),
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("encrypted_regexp", "encrypted_regex"),
        ("Encrypted-Regex", "encrypted_regex"),
        ("shamir_treshold", "shamir_threshold"),
        ("gpg", "pgp"),
        ("keygroups", "key_groups"),
        ("mac_only_encryped", "mac_only_encrypted"),
        ("pathregex", "path_regex"),
        ("description", None),
        ("name", None),
        ("x" * 1_000, None),
    ],
)
def test_what_was_meant(name: str, meant: str | None, tmp_path: Path) -> None:
    (finding,) = found(ID, example(tmp_path, {".sops.yaml": _rules(f"{name}: x")}))
    assert (finding.hint == f"write {meant}") is (meant is not None)
    assert str(finding.severity) == ("error" if meant else "warning")


def test_a_field_of_a_key_group() -> None:
    text = f"creation_rules:\n  - key_groups:\n      - age: [{ALICE}]\n        gpg: [{ALICE_PGP}]\n"
    assert messages(ID, {".sops.yaml": text}) == [
        ".sops.yaml:4: a key group has a field gpg, which sops does not know: its keys read nothing"
    ]


def test_known_fields_and_merge_keys() -> None:
    text = (
        f"x: &x {{age: {ALICE}}}\ncreation_rules:\n  - <<: *x\n    path_regex: ^a\n    shamir_threshold: 0\n"
        f"  - key_groups: [{{merge: [{{age: [{ALICE}]}}]}}]\n"
    )
    assert messages(ID, {".sops.yaml": text}) == []


def test_the_repair_renames_it_and_nothing_else(tmp_path: Path) -> None:
    files = {".sops.yaml": _rules('path:  "^a/"  # mine', "path_regex: ^b/"), "a/x.yaml": encrypted(ALICE)}
    assert fixed(ID, example(tmp_path, files)) == {
        ".sops.yaml": files[".sops.yaml"].replace("- path: ", "- path_regex: ")
    }


@pytest.mark.parametrize(
    "rule",
    [
        "path: secrets/*.yaml",  # a glob, that as a pattern matches nothing here
        "description: ^a/",
        "path: ^a/\n    path_regex: ^b/",
        "path: '('",
        "gpg: 5",
        "encrypted_regexp: x\n    encrypted_suffix: y",
    ],
)
def test_what_is_not_certain_has_no_repair(rule: str, tmp_path: Path) -> None:
    files = {".sops.yaml": _rules(rule), "a/x.yaml": encrypted(ALICE)}
    subject = example(tmp_path, files)
    assert found(ID, subject)
    assert fixed(ID, subject) == {}
