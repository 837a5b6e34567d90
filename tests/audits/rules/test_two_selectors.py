"""A rule that says in two ways which values are encrypted."""

from __future__ import annotations

from tests.audits.examples import ALICE, messages

ID = "two-selectors"


def _rule(fields: str) -> dict[str, str]:
    return {".sops.yaml": f"creation_rules:\n  - age: {ALICE}\n{fields}"}


def test_sops_takes_one() -> None:
    assert messages(ID, _rule("    encrypted_regex: ^a$\n    unencrypted_suffix: _x\n")) == [
        ".sops.yaml:4: rule 1 has encrypted_regex and unencrypted_suffix, of which sops takes one"
    ]


def test_one_and_one_that_is_empty() -> None:
    assert messages(ID, _rule("    encrypted_regex: ^a$\n")) == []
    assert messages(ID, _rule("    encrypted_regex: ^a$\n    unencrypted_suffix: ''\n")) == []
