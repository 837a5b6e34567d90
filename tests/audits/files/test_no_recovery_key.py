"""Files that are lost to all people with one key."""

from __future__ import annotations

import pytest

from sopskit.findings import Severity
from tests.audits.examples import ALICE, ALICE_PGP, BOB, NOVA, encrypted, messages
from tests.sops_yaml.samples import pgp

ID = "no-recovery-key"
RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&nova {NOVA}]\n"
    "creation_rules: [{age: [*alice, *nova]}]\n"
)


def test_one_key_of_a_person_and_those_of_machines() -> None:
    files = {".sops.yaml": RULES, "a.yaml": encrypted(ALICE, NOVA), "b.yaml": encrypted(ALICE)}
    assert messages(ID, files) == [
        ".sops.yaml: a.yaml and b.yaml would be lost to all people with the one key of alice"
    ]


@pytest.mark.parametrize(
    "more",
    [f"&alice_pgp {ALICE_PGP}", f"&recovery {pgp('x')}", f"&alice_offline {pgp('x')}", f"&bob {BOB}"],
)
def test_a_second_key_of_a_person_is_enough(more: str) -> None:
    name, key = more[1:].split()
    rules = RULES.replace(f"&alice {ALICE}", f"&alice {ALICE}, {more}")
    rules = rules.replace("age: [*alice", f"{'age' if key == BOB else 'pgp'}: *{name}, age: [*alice")
    assert messages(ID, {".sops.yaml": rules, "a.yaml": encrypted(ALICE, NOVA, key)}) == []


def test_a_list_of_recovery_keys() -> None:
    rules = RULES.replace("  - hosts", f"  - recovery: [&safe {BOB}]\n  - hosts")
    assert messages(ID, {".sops.yaml": rules, "a.yaml": encrypted(ALICE, BOB)}) == []


def test_it_is_information_and_fails_no_run() -> None:
    from sopskit.audits import audit

    assert audit(ID).severity is Severity.INFO
