"""A key under `keys:` that no rule uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.audits import audit
from tests.audits.examples import ALICE, BOB, NOVA, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "unused-key"

RULES = (
    f"keys:\n  - &alice {ALICE}\n  - &bob   {BOB} # gone\n  - &nova  {NOVA}\n"
    "creation_rules:\n  - age: [*alice, *nova]\n"
)


def test_a_key_that_no_alias_means() -> None:
    assert messages(ID, {".sops.yaml": RULES}) == [".sops.yaml:3: no rule uses the key bob"]


@pytest.mark.parametrize(
    "rules",
    [
        f"keys:\n  - &alice {ALICE}\ncreation_rules:\n  - age: {ALICE}\n",
        f"keys:\n  - users: &users\n    - &alice {ALICE}\ncreation_rules:\n  - age: *users\n",
        f"keys: [&a {ALICE}]\ncreation_rules: [{{}}]\ndestination_rules: [recreation_rule: {{age: *a}}]",
        f"keys:\n  - &alice {ALICE}\n",
    ],
    ids=["spelled out", "a list by its name", "a destination rule", "no rules at all"],
)
def test_other_ways_to_use_one(rules: str) -> None:
    assert messages(ID, {".sops.yaml": rules}) == []


def test_the_repair_takes_its_line_out(tmp_path: Path) -> None:
    subject = example(tmp_path, {".sops.yaml": RULES})
    (finding,) = found(ID, subject)
    repair = audit(ID).repair
    assert repair is not None
    wanted = repair(subject, finding)
    assert wanted is not None
    assert wanted.edit is not None
    document = subject.inventory.configs.primary.document
    assert wanted.edit(document).text == RULES.replace(f"  - &bob   {BOB} # gone\n", "")
