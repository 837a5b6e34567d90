"""A rule that makes sops fail once it is reached."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, ALICE_PGP, messages

ID = "unusable-rule"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (f"path_regex: '('\n    age: {ALICE}", "2: rule 1 cannot be used: the path_regex of rule 1 does not"),
        (f"path_regex: x\n    age: {ALICE[:-1]}q", "3: rule 1 cannot be used: "),
        (
            f"shamir_threshold: 3\n    key_groups: [{{age: [{ALICE}]}}, {{pgp: [{ALICE_PGP}]}}]",
            "2: rule 1 cannot",
        ),
        ("path_regex: x", "2: rule 1 has no key"),
        (f"key_groups: [{{age: [{ALICE}]}}, {{age: ['']}}]", "2: rule 1 has no key in one of its key groups"),
    ],
)
def test_what_sops_fails_on(rule: str, message: str) -> None:
    (found,) = messages(ID, {".sops.yaml": f"creation_rules:\n  - {rule}\n"})
    assert found.startswith(f".sops.yaml:{message}")


def test_good_rules_and_two_selectors_which_are_another_finding() -> None:
    two = f"encrypted_regex: a\n    encrypted_suffix: b\n    age: {ALICE}"
    good = f"shamir_threshold: 2\n    key_groups: [{{age: [{ALICE}]}}, {{pgp: [{ALICE_PGP}]}}]"
    assert messages(ID, {".sops.yaml": f"creation_rules:\n  - {two}\n  - {good}\n"}) == []


def test_a_private_key_in_a_rule_is_not_shown() -> None:
    private = "AGE-SECRET-KEY-1" + "Q" * 58
    (found,) = messages(ID, {".sops.yaml": f"creation_rules:\n  - age: {private}\n"})
    assert "QQQQ" not in found
