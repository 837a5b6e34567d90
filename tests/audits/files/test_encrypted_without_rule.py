"""An encrypted file that no rule claims."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sopskit.findings import Severity
from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "encrypted-without-rule"
METADATA = {
    "age": [{"recipient": ALICE, "enc": "x"}],
    "lastmodified": "2026-01-01T00:00:00Z",
    "mac": "ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]",
}
RULES = f"creation_rules:\n  - path_regex: ^secrets/\n    age: {ALICE}\n"


def test_no_rule_or_no_config_claims_it() -> None:
    files = {"apps/.sops.yaml": RULES, "apps/a.yaml": encrypted(ALICE), "b.yaml": encrypted(ALICE)}
    assert messages(ID, files) == [
        "apps/a.yaml: is encrypted, and no rule of apps/.sops.yaml claims it",
        "b.yaml: is encrypted, and no .sops.yaml above it claims it",
    ]


def test_claimed_or_not_encrypted() -> None:
    files = {".sops.yaml": RULES, "secrets/a.yaml": encrypted(ALICE), "b.yaml": "a: b\n"}
    assert messages(ID, files) == []


def test_what_clan_keeps_is_right() -> None:
    text = json.dumps({"data": "x", "sops": METADATA})
    files = {
        ".sops.yaml": RULES,
        "sops/secrets/a/secret": text,
        "vars/per-machine/nova/ssh/key/secret": text,
        "vars/secret": text,
    }
    assert messages(ID, files) == ["vars/secret: is encrypted, and no rule of .sops.yaml claims it"]


def test_a_file_for_tests_is_information(tmp_path: Path) -> None:
    files = {".sops.yaml": RULES, "tests/a.yaml": encrypted(ALICE), "b.yaml": encrypted(ALICE)}
    findings = found(ID, example(tmp_path, files))
    assert [(each.path, each.severity) for each in findings] == [
        ("b.yaml", Severity.WARNING),
        ("tests/a.yaml", Severity.INFO),
    ]
