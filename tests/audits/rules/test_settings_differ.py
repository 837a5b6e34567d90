"""A file whose selector or threshold is not that of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, ALICE_PGP, BOB, encrypted, example, fixed_files, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "settings-differ"
SELECTOR = f"creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: {ALICE}\n"
GROUPS = f"creation_rules:\n  - shamir_threshold: 2\n    key_groups: [age: [{ALICE}], pgp: [{ALICE_PGP}]]\n"


def test_another_selector(tmp_path: Path) -> None:
    files = {
        ".sops.yaml": SELECTOR,
        "a.yaml": encrypted(ALICE, values=["data"], encrypted_regex="^data$"),
        "b.yaml": encrypted(ALICE, values=["data"]),
        "c.yaml": encrypted(ALICE, encrypted_regex="^(data|stringData)$"),
    }
    assert messages(ID, files) == [
        "a.yaml: is not encrypted as rule 1 says: encrypted_regex is ^data$, the rule's ^(data|stringData)$",
        "b.yaml: is not encrypted as rule 1 says: encrypted_regex is not set, the rule's ^(data|stringData)$",
    ]
    assert fixed_files(ID, example(tmp_path, files)) == {"a.yaml", "b.yaml"}


def test_no_repair_writes_a_value_in_clear(tmp_path: Path) -> None:
    files = {".sops.yaml": SELECTOR, "a.yaml": encrypted(ALICE, values=["data", "token", "user"])}
    subject = example(tmp_path, files)
    (finding,) = found(ID, subject)
    assert finding.hint.startswith("by the rule 2 of its values would be in clear: ")
    assert fixed_files(ID, subject) == set()


def test_another_threshold() -> None:
    assert messages(ID, {".sops.yaml": GROUPS, "a.yaml": encrypted(ALICE)}) == [
        "a.yaml: is not encrypted as rule 1 says: 1 of 1 key groups open it, by the rule 2 of 2"
    ]


def test_recipients_are_another_finding() -> None:
    assert (
        messages(ID, {".sops.yaml": f"creation_rules: [{{age: {ALICE}}}]\n", "a.yaml": encrypted(BOB)}) == []
    )
