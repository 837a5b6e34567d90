"""Files that one person alone can open."""

from __future__ import annotations

from tests.audits.examples import ALICE, ALICE_PGP, BOB, NOVA, encrypted, messages
from tests.sops_yaml.samples import pgp

ID = "only-one-person"
RULES = (
    f"keys:\n  - users: [&alice_age {ALICE}, &alice_pgp {ALICE_PGP}, &bob {BOB}]\n  - hosts: [&nova {NOVA}]\n"
    "creation_rules:\n  - age: [*alice_age, *bob, *nova]\n    pgp: *alice_pgp\n"
)


def test_all_keys_of_one_person() -> None:
    files = {".sops.yaml": RULES, "a.yaml": encrypted(ALICE, ALICE_PGP), "b.yaml": encrypted(BOB)}
    assert sorted(messages(ID, files)) == [
        ".sops.yaml:5: alice alone can open a.yaml: no machine, and nobody else",
        ".sops.yaml:5: bob alone can open b.yaml: no machine, and nobody else",
    ]


def test_with_somebody_else_or_a_recovery_key() -> None:
    rules = RULES.replace("  - hosts", f"  - &recovery {pgp('recovery')}\n  - hosts")
    files = {
        ".sops.yaml": rules,
        "a.yaml": encrypted(ALICE, BOB),
        "b.yaml": encrypted(ALICE, NOVA),
        "c.yaml": encrypted(ALICE, pgp("recovery")),
        "d.yaml": encrypted(ALICE, pgp("unknown")),
    }
    assert messages(ID, files) == []
