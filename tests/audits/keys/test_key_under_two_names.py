"""One key under two anchors."""

from __future__ import annotations

from tests.audits.examples import ALICE, ALICE_PGP, BOB, messages

ID = "key-under-two-names"


def _rules(*keys: tuple[str, str]) -> str:
    listed = "".join(f"  - &{name} {key}\n" for name, key in keys)
    return f"keys:\n{listed}creation_rules:\n  - age: [{', '.join(f'*{name}' for name, _ in keys)}]\n"


def test_the_second_name_is_the_place() -> None:
    rules = _rules(("alice", ALICE), ("bob", BOB), ("laptop", ALICE), ("phone", ALICE))
    assert messages(ID, {".sops.yaml": rules}) == [
        ".sops.yaml:4: laptop is the same key as alice in line 2",
        ".sops.yaml:5: phone is the same key as alice in line 2",
    ]


def test_one_key_spelled_in_two_ways() -> None:
    rules = f"keys:\n  - &a {ALICE_PGP}\n  - &b {ALICE_PGP.lower()}\ncreation_rules: [{{pgp: [*a, *b]}}]\n"
    assert messages(ID, {".sops.yaml": rules}) == [".sops.yaml:3: b is the same key as a in line 2"]


def test_different_keys_and_different_files_are_right() -> None:
    files = {
        ".sops.yaml": _rules(("alice", ALICE), ("bob", BOB)),
        "apps/.sops.yaml": _rules(("boss", ALICE)),
    }
    assert messages(ID, files) == []
