"""Drift that only a rotation ends: readers that go, other values to encrypt, more groups to open it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "kind: Secret\ndata:\n  a: 1\nstringData:\n  b: two\n"


@pytest.fixture
def mine(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    """One's own key, set in the environment."""
    key = age_key()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    return key


def write_rule(workbench: Workbench, key: KeyPair, *settings: str) -> None:
    """A `.sops.yaml` of one rule for one key."""
    lines = "".join(f"    {line}\n" for line in settings)
    rule = f"creation_rules:\n  - path_regex: ^s/\n{lines}    age: {key.recipient}\n"
    (workbench.root / ".sops.yaml").write_text(rule)


def planned(path: str) -> dict[str, object]:
    """A file's entry in the plan."""
    files = json.loads(sopskit("plan", "--format", "json").out)["files"]
    found: dict[str, object] = next(each for each in files if each["path"] == path)
    return found


def values(path: Path) -> set[str]:
    """The encrypted values of a file, and its MAC."""
    return set(re.findall(r"ENC\[[^]]*\]", path.read_text()))


def test_another_selector_is_drift_and_sync_encrypts_by_it(empty: Workbench, mine: KeyPair) -> None:
    write_rule(empty, mine, "encrypted_regex: ^data$")
    empty.write_encrypted("s/one.yaml", MANIFEST)
    empty.commit_all()
    assert sopskit("plan").code == 0
    write_rule(empty, mine, "encrypted_regex: ^(data|stringData)$")
    entry = planned("s/one.yaml")
    assert (entry["state"], entry["settings"]) == (
        "drift", [{"name": "encrypted_regex", "file": "^data$", "rule": "^(data|stringData)$"}],
    )  # fmt: skip
    assert "encrypted_regex: ^data$ -> ^(data|stringData)$" in sopskit("plan").out
    before = values(empty.root / "s/one.yaml")
    assert sopskit("sync", "--yes").code == 0
    text = (empty.root / "s/one.yaml").read_text()
    assert "b: ENC[" in text
    assert "kind: Secret" in text
    assert before & values(empty.root / "s/one.yaml") == set()
    assert empty.decrypts("s/one.yaml", mine.identity) == MANIFEST.replace("  ", "    ")
    assert sopskit("plan").code == 0


def test_what_a_selector_no_longer_selects_is_written_clear(empty: Workbench, mine: KeyPair) -> None:
    write_rule(empty, mine)
    for path, text in (("s/one.json", '{"a": 1, "b": "x"}'), ("s/one.env", "a=1\nb=x\n")):
        empty.write_encrypted(path, text)
    write_rule(empty, mine, "encrypted_regex: ^b$", "mac_only_encrypted: true")
    assert "- unencrypted_suffix: _unencrypted, + encrypted_regex: ^b$" in sopskit("plan").out
    assert sopskit("sync", "--yes", "--allow-clear").code == 0
    assert "a=1\n" in (empty.root / "s/one.env").read_text()
    assert '"a": 1' in (empty.root / "s/one.json").read_text()
    assert empty.decrypts("s/one.env", mine.identity) == "a=1\nb=x\n"
    assert empty.decrypts("s/one.json", mine.identity) is not None
    assert sopskit("plan").code == 0


def test_the_default_selector_is_the_one_that_sops_writes(empty: Workbench, mine: KeyPair) -> None:
    write_rule(empty, mine)
    empty.write_encrypted("s/one.yaml", MANIFEST)
    write_rule(empty, mine, "unencrypted_suffix: _unencrypted")
    assert sopskit("plan").code == 0


@pytest.mark.parametrize("version", ["sops", "sops-3.9.4", "sops-3.8.1"])
def test_a_binary_file_has_no_selector(empty: Workbench, mine: KeyPair, version: str) -> None:
    write_rule(empty, mine)
    empty.write_encrypted("s/one.bin", "x", sops=version)
    write_rule(empty, mine, "encrypted_regex: ^data$", "mac_only_encrypted: true")
    assert sopskit("plan").code == 0
    assert sopskit("sync", "--rotate", "--yes").code == 0
    assert empty.decrypts("s/one.bin", mine.identity) == "x"


def test_without_a_rotation_another_selector_stays(empty: Workbench, mine: KeyPair) -> None:
    write_rule(empty, mine)
    empty.write_encrypted("s/one.yaml", MANIFEST)
    empty.commit_all()
    write_rule(empty, mine, "encrypted_suffix: ta")
    result = sopskit("sync", "--yes", "--no-rotate")
    assert (result.code, empty.changed()) == (1, [".sops.yaml"])
    assert "left, since only a rotation would end it: s/one.yaml" in result.err


def test_a_higher_threshold_is_a_rotation_and_a_lower_one_a_re_wrap(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = [age_key() for _ in range(3)]
    groups = "".join(f"      - age: [{key.recipient}]\n" for key in keys)
    rule = "creation_rules:\n  - path_regex: ^s/\n    shamir_threshold: {}\n    key_groups:\n" + groups
    monkeypatch.setenv("SOPS_AGE_KEY", " ".join(key.identity for key in keys))
    (empty.root / ".sops.yaml").write_text(rule.format(2))
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    for threshold, done in ((3, "rotated"), (2, "re-wrapped")):
        (empty.root / ".sops.yaml").write_text(rule.format(threshold))
        assert planned("s/one.yaml")["threshold"] == threshold
        result = sopskit("sync", "--yes")
        assert (result.code, f"{done} 1 file" in result.err) == (0, True), result.err
        assert empty.up_to_date("s/one.yaml")
        two = empty.decrypts("s/one.yaml", f"{keys[0].identity} {keys[1].identity}")
        assert two == ("a: 1\n" if threshold == 2 else None)


def test_sync_rotates_what_is_in_sync(age_sample: Workbench) -> None:
    path = age_sample.root / "shared/wifi.yaml"
    before = values(path)
    result = sopskit("sync", "--rotate", "--yes", "shared")
    assert (result.code, "rotated 12 files" in result.err) == (0, True), result.err
    assert before & values(path) == set()
    assert len(age_sample.changed()) == 12
    contradiction = sopskit("sync", "--rotate", "--no-rotate", "--yes")
    assert contradiction.code == 2


def test_a_new_rule_encrypts_what_the_rule_before_it_did(age_sample: Workbench) -> None:
    command = ("add-host", "willow", "--key", age_key().recipient, "--new-rule", "apps/gitea")
    result = sopskit(*command, "--with", "cluster", "--yes")
    assert result.code == 0, result.err
    assert "re-wrapped 2 files" in result.err
    rules = (age_sample.root / ".sops.yaml").read_text()
    assert rules.count("encrypted_regex: ^(data|stringData|[A-Z_]+)$") == 2


def test_a_new_rule_over_files_that_are_encrypted_differently_is_refused(age_sample: Workbench) -> None:
    command = ("add-host", "willow", "--key", age_key().recipient, "--new-rule", "yaml$", "--allow-loss")
    result = sopskit(*command, "--yes")
    assert (result.code, age_sample.changed()) == (2, [])
    assert "encrypt other values each" in result.err
