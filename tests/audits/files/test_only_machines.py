"""Files that no person can open."""

from __future__ import annotations

from tests.audits.examples import ALICE, BOB, NOVA, encrypted, messages

ID = "only-machines"


def _rules(*roles: str) -> str:
    keys = "".join(
        f"  - {role}: [&{name} {key}]\n"
        for role, (name, key) in zip(roles, (("nova", NOVA), ("alice", ALICE)), strict=False)
    )
    return f"keys:\n{keys}creation_rules:\n  - path_regex: ^a\n    age: *nova\n  - age: [*nova, *alice]\n"


def test_the_files_of_a_rule_are_one_finding() -> None:
    files = {
        ".sops.yaml": _rules("hosts", "users"),
        **{f"a{number}.yaml": encrypted(NOVA) for number in range(4)},
        "b.yaml": encrypted(NOVA, ALICE),
    }
    assert messages(ID, files) == [
        ".sops.yaml:5: no person can open 4 files (a0.yaml, a1.yaml, a2.yaml, ...), machines only"
    ]


def test_a_key_of_unknown_role_may_be_a_persons() -> None:
    files = {".sops.yaml": _rules("things", "users"), "a.yaml": encrypted(NOVA), "a.json": "{}\n"}
    assert messages(ID, files) == []
    files = {".sops.yaml": _rules("hosts", "users"), "a.yaml": encrypted(NOVA, BOB)}
    assert messages(ID, files) == []
