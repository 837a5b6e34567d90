"""What commands say of files they cannot do, of tools that are missing, and of plans too long to list."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.commands.test_add_host import pgp_key
from tests.commands.workbench import Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def one_rule(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """Two files of one rule, opened by one key that has no anchor."""
    key = age_key()
    (empty.root / ".sops.yaml").write_text(
        f"creation_rules:\n  - path_regex: ^s/\n    age: {key.recipient}\n"
    )
    for name in ("one", "two"):
        empty.write_encrypted(f"s/{name}.yaml", "a: 1\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", key.identity)
    return empty


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text.replace("sops:", "<<<<<<< HEAD\nsops:"), "conflict"),
        (lambda text: text[: text.index("    lastmodified")], ""),
        (lambda text: text.replace("a: ", "a: \0"), ""),
    ],
)
def test_a_broken_file_of_a_joined_rule_is_named_and_is_no_success(
    one_rule: Workbench, damage: object, said: str
) -> None:
    assert callable(damage)
    path = one_rule.root / "s/two.yaml"
    path.write_text(damage(path.read_text()))
    one_rule.commit_all()
    new = age_key()
    result = sopskit("add-host", "willow", "--key", new.recipient, "--all-rules", "--yes")
    assert result.code == 6
    assert "error: s/two.yaml" in result.err
    assert said in result.err
    assert one_rule.changed() == [".sops.yaml", "s/one.yaml"]
    assert one_rule.decrypts("s/one.yaml", new.identity) == "a: 1\n"


def test_a_rule_that_does_not_compile_is_no_success(one_rule: Workbench) -> None:
    rules = (one_rule.root / ".sops.yaml").read_text()
    (one_rule.root / ".sops.yaml").write_text(rules.replace("^s/", "(?=s)"))
    one_rule.commit_all()
    result = sopskit("add-host", "willow", "--key", age_key().recipient, "--all-rules", "--yes")
    assert result.code == 6
    assert "path_regex" in result.err


def test_no_recipient_is_hidden_behind_a_long_list(sample: Workbench) -> None:
    """A plan of 41 files shows the one file whose change is another."""
    text = (sample.root / ".sops.yaml").read_text()
    many, single = age_key().recipient, age_key().recipient
    text = text.replace("[*admin, *cluster]", f"[*admin, *cluster, {many}]")
    text = text.replace("          - *maple\n", f"          - *maple\n          - {many}\n", 1)
    text = text.replace(
        "creation_rules:\n", "creation_rules:\n  - path_regex: ^shared/wifi\n    key_groups:\n", 1
    )
    wifi = f"      - pgp: [*admin_pgp]\n        age: [*admin, *cedar, *maple, {single}]\n"
    (sample.root / ".sops.yaml").write_text(text.replace("    key_groups:\n", "    key_groups:\n" + wifi, 1))
    result = sopskit("sync", "--dry-run")
    assert result.code == 1
    assert "shared/wifi.yaml" in result.out
    assert single[:12] in result.out
    assert "20 files: clusters/home/apps/gitea.sops.env" in result.out
    assert sopskit("sync", "--dry-run", "-v").out.count("hosts/maple/") == 8


def test_a_new_rule_for_files_that_no_rule_claimed_keeps_their_readers_or_says_so(empty: Workbench) -> None:
    key = age_key()
    (empty.root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    (empty.root / ".sops.yaml").write_text("stores: {yaml: {indent: 2}}\n")
    empty.commit_all()
    result = sopskit("add-host", "willow", "--key", age_key().recipient, "--new-rule", "^s/", "--yes")
    assert (result.code, empty.changed()) == (2, [])
    assert "s/one.yaml would lose" in result.err


def test_readers_without_a_name_go_into_a_new_rule_too(one_rule: Workbench) -> None:
    new = age_key()
    command = ("add-host", "willow", "--key", new.recipient, "--new-rule", "^s/one", "--yes")
    result = sopskit(*command)
    assert result.code == 0, result.err
    assert one_rule.changed() == [".sops.yaml", "s/one.yaml"]
    assert one_rule.decrypts("s/one.yaml", new.identity) == "a: 1\n"
    assert one_rule.up_to_date("s/one.yaml")


def test_paths_that_do_not_exist_are_named(sample: Workbench) -> None:
    result = sopskit("sync", "shared/wifi.yaml", "shared/typo.yaml", "--yes")
    assert result.code == 2
    assert "shared/typo.yaml" in result.err


def test_a_missing_tool_is_exit_4(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_GPG_EXEC", "no-such-gpg")
    by_pgp = sopskit("add-host", "willow", "--key", "A" * 40, "--all-rules", "--yes")
    assert (by_pgp.code, sample.changed()) == (4, [])
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    engine = ("--engine", "sops", "add-host", "willow", "--key", age_key().recipient)
    by_sops = sopskit(*engine, "--rule", "2", "--yes")
    assert (by_sops.code, sample.changed()) == (4, [])
    assert "sops is not on PATH" in by_sops.err


def test_a_pgp_key_that_nothing_can_be_encrypted_to_is_refused_at_once(
    sample: Workbench, gnupg_home: Path
) -> None:
    unknown = sopskit("add-host", "willow", "--key", "A" * 40, "--all-rules", "--dry-run")
    assert (unknown.code, unknown.out) == (2, "")
    assert "gpg --recv-keys" in unknown.err


def test_one_pgp_key_does_not_get_in_twice_by_its_id(sample: Workbench, gnupg_home: Path) -> None:
    fingerprint = pgp_key()
    assert (
        sopskit("add-host", "willow", "--role", "user", "--key", fingerprint, "--rule", "2", "--yes").code
        == 0
    )
    again = sopskit("add-host", "elm", "--role", "user", "--key", fingerprint[-16:], "--rule", "2", "--yes")
    assert again.code == 2
    assert "&willow" in again.err


def test_two_names_of_one_file_under_different_rules_are_a_contradiction(sample: Workbench) -> None:
    (sample.root / "hosts/maple/link.yaml").symlink_to("../../shared/wifi.yaml")
    plan = sopskit("plan")
    assert plan.code == 6
    assert "is a link to shared/wifi.yaml, which another rule gives to other recipients" in plan.out
    before = (sample.root / "shared/wifi.yaml").read_bytes()
    assert sopskit("sync", "--yes").code == 6
    assert (sample.root / "shared/wifi.yaml").read_bytes() == before


def test_a_config_that_cannot_be_read_is_exit_3(sample: Workbench) -> None:
    assert sopskit("--config", "nope.yaml", "plan").code == 3
    (sample.root / ".sops.yaml").unlink()
    (sample.root / ".sops.yaml").mkdir()
    assert sopskit("plan").code == 3


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "2>/dev/full", "2>&-", "<&-"])
def test_output_that_cannot_be_written_is_no_bug(sample: Workbench, redirection: str) -> None:
    command = f"{sys.executable} -m sopskit plan {redirection}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == (6 if redirection == ">/dev/full" else 0), done.stderr
    assert "Traceback" not in done.stderr
    assert "a bug" not in done.stderr


def test_a_rule_that_claims_nothing_is_said_to(sample: Workbench) -> None:
    (sample.root / "nested").mkdir()
    (sample.root / "nested/.sops.yaml").write_text(f"creation_rules:\n  - age: {age_key().recipient}\n")
    (sample.root / "nested/one.yaml").write_text("a: 1\n")
    result = sopskit("add-host", "willow", "--key", age_key().recipient, "--new-rule", "^nested/", "--yes")
    assert (result.code, sample.changed()) == (0, [".sops.yaml", "nested/.sops.yaml", "nested/one.yaml"])
    assert "the new rule claims no file today" in result.err


def test_init_below_another_config_warns(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sample.root / "shared")
    result = sopskit("init", "--layout", "nixos", "--yes")
    assert result.code == 0
    assert "warning: .sops.yaml governs this folder now" in result.err
