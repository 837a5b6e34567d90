"""A `.sops.yaml` that sops cannot load, or takes for none."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE, encrypted, messages

ID = "unusable-config"
GOOD = f"creation_rules:\n  - age: {ALICE}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("creation_rules: [\n", ".sops.yaml:2: "),
        ("creation_rules: 5\n", ".sops.yaml:1: sops expects a list here, not a single value"),
        ("", ".sops.yaml: the file is empty"),
        (b"\xff", ".sops.yaml:1: the file is not UTF-8"),
        ("<<<<<<< ours\n", ".sops.yaml:1: the file holds merge-conflict markers"),
        ("rules: []\n", ".sops.yaml: has no creation_rules, so that sops takes it for no configuration"),
        ("a: " + "[" * 10_000, ".sops.yaml"),
    ],
)
def test_an_error_is_a_finding_and_no_end(text: str | bytes, message: str) -> None:
    (found,) = messages(ID, {".sops.yaml": text, "a.yaml": encrypted(ALICE)})
    assert found.startswith(message)


def test_one_among_others() -> None:
    files = {".sops.yaml": GOOD, "apps/.sops.yaml": "a: b: c\n", "apps/a.yaml": encrypted(ALICE)}
    assert [each.partition(": ")[0] for each in messages(ID, files)] == ["apps/.sops.yaml:1"]


def test_a_name_that_sops_does_not_read() -> None:
    files = {".sops.yaml": GOOD, "apps/.sops.yml": GOOD}
    assert messages(ID, files) == ["apps/.sops.yml: is read by nobody: sops reads .sops.yaml only"]


def test_only_below_the_root() -> None:
    assert messages(ID, {"b/.sops.yaml": GOOD, "a/.sops.yaml": GOOD, "a/x.yaml": encrypted(ALICE)}) == []


def test_destination_rules_alone_are_rules() -> None:
    text = "destination_rules:\n  - path_regex: x\n    s3_bucket: b\n"
    assert messages(ID, {".sops.yaml": text}) == []
