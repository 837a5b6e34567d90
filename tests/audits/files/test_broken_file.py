"""A secret file that cannot be read, or whose metadata sops could not use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "broken-file"
RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"


def test_metadata_without_a_mac() -> None:
    text = "\n".join(line for line in encrypted(ALICE).split("\n") if " mac:" not in line)
    assert messages(ID, {".sops.yaml": RULES, "secrets/a.yaml": text}) == [
        "secrets/a.yaml: the SOPS metadata is incomplete: mac is missing"
    ]


def test_values_without_metadata_and_a_file_that_is_no_yaml() -> None:
    values = encrypted(ALICE).partition("sops:")[0]
    files = {
        ".sops.yaml": RULES,
        "secrets/a.yaml": values,
        "secrets/b.yaml": f"{encrypted(ALICE)}\t: [\n",
        "secrets/c.yaml": encrypted(ALICE),
    }
    found = messages(ID, files)
    assert [each.partition(": ")[0] for each in found] == ["secrets/a.yaml", "secrets/b.yaml:9"]


def test_a_link_to_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "a.yaml").symlink_to("gone.yaml")
    (finding,) = found(ID, example(tmp_path, {".sops.yaml": RULES}))
    assert finding.path == "secrets/a.yaml"


def test_a_rule_that_sops_refuses_is_the_finding_of_another() -> None:
    rules = RULES.replace(ALICE, "age1broken")
    assert messages(ID, {".sops.yaml": rules, "secrets/a.yaml": encrypted(ALICE)}) == []
