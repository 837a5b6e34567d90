"""Several key groups without a threshold."""

from __future__ import annotations

from tests.audits.examples import ALICE, ALICE_PGP, BOB, messages

ID = "accidental-key-groups"


def _rule(*groups: str, more: str = "") -> dict[str, str]:
    return {
        ".sops.yaml": f"creation_rules:\n  - key_groups:\n{''.join(f'      - {g}' for g in groups)}{more}"
    }


def test_a_dash_too_many() -> None:
    assert messages(ID, _rule(f"pgp: [{ALICE_PGP}]\n", f"age: [{ALICE}, {BOB}]\n")) == [
        (
            ".sops.yaml:2: rule 1 has 2 key groups, so that it takes one of the pgp keys and one of the age "
            "keys to open a file"
        )
    ]


def test_a_dash_for_each_key() -> None:
    assert messages(ID, _rule(f"age: [{ALICE}]\n", f"age: [{BOB}]\n", f"pgp: [{ALICE_PGP}]\n")) == [
        ".sops.yaml:2: rule 1 has 3 key groups, so that it takes a key of each of the 3 groups to open a file"
    ]


def test_groups_that_are_meant() -> None:
    two = (f"pgp: [{ALICE_PGP}]\n", f"age: [{ALICE}]\n")
    assert messages(ID, _rule(*two, more="    shamir_threshold: 2\n")) == []
    assert messages(ID, _rule(f"pgp: [{ALICE_PGP}]\n        age: [{ALICE}]\n")) == []
    assert messages(ID, _rule(f"pgp: [{ALICE_PGP}]\n        age: [{ALICE}]\n", f"age: [{BOB}]\n")) == []
