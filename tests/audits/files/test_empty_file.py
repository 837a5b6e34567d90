"""A file that a rule claims, and that is empty."""

from __future__ import annotations

from sopskit.audits.files.named_as_encrypted import SAYS
from tests.audits.examples import ALICE, messages

ID = "empty-file"
RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"


def test_empty_and_blank_files() -> None:
    files = {".sops.yaml": RULES, "secrets/a.yaml": "", "secrets/b.yaml": "\n \n"}
    assert messages(ID, files) == [
        "secrets/a.yaml: is empty and not encrypted, and rule 1 of .sops.yaml claims it",
        "secrets/b.yaml: is empty and not encrypted, and rule 1 of .sops.yaml claims it",
    ]


def test_a_file_that_keeps_its_folder_and_one_elsewhere() -> None:
    files = {".sops.yaml": RULES, "secrets/.gitkeep": "", "docs/a.yaml": "", "secrets/c.yaml": "a: b\n"}
    assert messages(ID, files) == []


def test_a_name_that_says_sops_and_no_rule() -> None:
    files = {".sops.yaml": RULES, "other/a.sops.yaml": "\n", "other/.sops.yaml.example": "", "b.sops.md": ""}
    assert messages(ID, files) == [f"other/a.sops.yaml: is empty, {SAYS}"]


def test_a_pattern_that_claims_everything_means_none_in_particular() -> None:
    rules = f"creation_rules:\n  - path_regex: .*\n    age: {ALICE}\n"
    files = {".sops.yaml": rules, "a/__init__.py": "", "b.sops.yaml": ""}
    assert messages(ID, files) == [
        "b.sops.yaml: is empty and not encrypted, and rule 1 of .sops.yaml claims it"
    ]
