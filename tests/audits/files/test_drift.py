"""A file that other people can read than its rule says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits import audit
from tests.audits.examples import ALICE, ALICE_PGP, BOB, NOVA, encrypted, example, found, messages
from tests.sops_yaml.samples import age

if TYPE_CHECKING:
    from pathlib import Path

ID = "drift"
RULES = (
    f"keys: [&alice {ALICE}, &alice_pgp {ALICE_PGP}, &bob {BOB}]\n"
    "creation_rules: [{age: [*alice, *bob], pgp: *alice_pgp}]\n"
)


def test_recipients_too_many_too_few_and_spelled_otherwise() -> None:
    files = {
        ".sops.yaml": RULES,
        "a.yaml": encrypted(ALICE, BOB, ALICE_PGP),
        "b.yaml": encrypted(ALICE, BOB, ALICE_PGP, NOVA),
        "c.yaml": encrypted(ALICE),
        "d.yaml": encrypted(ALICE, NOVA, ALICE_PGP),
        "e.yaml": encrypted(ALICE, BOB, ALICE_PGP.lower()),
    }
    nova = f"the unnamed key {NOVA[:12]}…{NOVA[-7:]}"
    pgp = f"{ALICE_PGP[:12]}…{ALICE_PGP[-7:]}"
    assert messages(ID, files) == [
        f"b.yaml: {nova} can read it, against rule 1",
        f"c.yaml: bob and alice by {pgp} cannot read it, against rule 1",
        f"d.yaml: {nova} can read it and bob cannot read it, against rule 1",
        "e.yaml: spells alice otherwise than its rule, which sops goes by",
    ]


def test_of_many_keys_some_are_named() -> None:
    names = [f"host{number}" for number in range(9)]
    keys = "".join(f"  - &{name} {age(name)}\n" for name in names)
    rules = f"keys:\n{keys}creation_rules: [{{age: [{', '.join(f'*{name}' for name in names)}]}}]\n"
    assert messages(ID, {".sops.yaml": rules, "a.yaml": encrypted(age("host0"))}) == [
        "a.yaml: host1, host2, host3 and 5 more cannot read it, against rule 1"
    ]
    four = encrypted(*map(age, names[:5]))
    assert messages(ID, {".sops.yaml": rules, "a.yaml": four}) == [
        "a.yaml: host5, host6, host7 and host8 cannot read it, against rule 1"
    ]


def test_another_selector_alone_is_another_audits_matter() -> None:
    rules = RULES.replace("pgp: *alice_pgp", "pgp: *alice_pgp, encrypted_regex: ^a$")
    assert messages(ID, {".sops.yaml": rules, "a.yaml": encrypted(ALICE, BOB, ALICE_PGP)}) == []


def test_the_repair_syncs(tmp_path: Path) -> None:
    subject = example(tmp_path, {".sops.yaml": RULES, "a.yaml": encrypted(ALICE)})
    (finding,) = found(ID, subject)
    repair = audit(ID).repair
    assert repair is not None
    wanted = repair(subject, finding)
    assert wanted is not None
    assert wanted.sync == ("a.yaml",)


def test_the_repair_names_who_gains_the_file(tmp_path: Path) -> None:
    files = {
        ".sops.yaml": RULES,
        "a.yaml": encrypted(ALICE),
        "b.yaml": encrypted(ALICE, BOB, ALICE_PGP, NOVA),
    }
    subject = example(tmp_path, files)
    repair = audit(ID).repair
    assert repair is not None
    summaries = [wanted.summary for each in found(ID, subject) if (wanted := repair(subject, each))]
    pgp = f"{ALICE_PGP[:12]}…{ALICE_PGP[-7:]}"
    assert summaries == [f"sync a.yaml, which gives it to bob and alice by {pgp}", "sync b.yaml"]


def _groups(*groups: str) -> str:
    members = "".join(f"\n      - age: [{each}]" for each in groups)
    return f"keys: [&alice {ALICE}, &bob {BOB}]\ncreation_rules:\n  - key_groups:{members}\n"


def test_the_same_keys_in_more_groups_are_another_audits_matter() -> None:
    files = {".sops.yaml": _groups("*alice", "*bob"), "a.yaml": encrypted(ALICE, BOB)}
    assert messages(ID, files) == []
    assert messages("settings-differ", files) == [
        "a.yaml: is not encrypted as rule 1 says: 1 of 1 key groups open it, by the rule 2 of 2"
    ]


def test_nobody_can_and_cannot_read_a_file_with_the_same_key() -> None:
    files = {".sops.yaml": _groups("*alice", "*bob"), "a.yaml": encrypted(ALICE, BOB, NOVA)}
    nova = f"the unnamed key {NOVA[:12]}…{NOVA[-7:]}"
    assert messages(ID, files) == [f"a.yaml: {nova} can read it, against rule 1"]
