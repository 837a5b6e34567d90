"""plan and sync: drift found without a key, and ended with one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.commands.workbench import DEMO, Workbench, age_key, sopskit

if TYPE_CHECKING:
    import pytest


def edit(workbench: Workbench, old: str, new: str) -> None:
    """Change `.sops.yaml` by hand."""
    path = workbench.root / ".sops.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def add_to_shared(workbench: Workbench) -> tuple[str, str]:
    """A new recipient in the last rule, by hand: (recipient, identity)."""
    key = age_key()
    path = workbench.root / ".sops.yaml"
    path.write_text(path.read_text().rstrip("\n") + f"\n          - {key.recipient}\n")
    return key.recipient, key.identity


def test_plan_and_hosts_need_no_private_key(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    recipient, _ = add_to_shared(sample)
    plan = sopskit("plan", "--format", "json")
    assert plan.code == 1
    files = {each["path"]: each for each in json.loads(plan.out)["files"]}
    assert files["shared/wifi.yaml"]["state"] == "drift"
    assert files["shared/wifi.yaml"]["changes"] == [
        {"group": 1, "add": [recipient], "remove": [], "spelling": []}
    ]
    assert files["hosts/cedar/mail.yaml"]["state"] == "in-sync"
    assert json.loads(plan.out)["summary"]["drift"] == 12
    hosts = json.loads(sopskit("hosts", "--format", "json").out)["hosts"]
    assert {
        key: value for key, value in next(h for h in hosts if h["name"] == "maple").items() if key != "keys"
    } == {"name": "maple", "role": "machine", "files": 20}


def test_sync_ends_drift_and_says_when_there_is_none(sample: Workbench) -> None:
    _, identity = add_to_shared(sample)
    sample.commit_all()
    result = sopskit("sync", "--yes")
    assert (result.code, len(sample.changed())) == (0, 12)
    assert all(sample.up_to_date(path) for path in sample.changed())
    assert sample.decrypts("shared/borg.key", identity) is not None
    assert sopskit("plan").code == 0
    again = sopskit("sync", "--yes")
    assert (again.code, "nothing to do" in again.err) == (0, True)


def test_sync_of_paths_leaves_the_others(sample: Workbench) -> None:
    add_to_shared(sample)
    sample.commit_all()
    assert sopskit("sync", "--yes", "shared/wifi.yaml").code == 0
    assert sample.changed() == ["shared/wifi.yaml"]
    assert sopskit("sync", "--yes", "no/such/file").code == 2


def test_a_file_that_loses_a_recipient_is_rotated(age_sample: Workbench) -> None:
    edit(
        age_sample,
        "          - *admin\n          - *cedar\n          - *maple\n",
        "          - *admin\n          - *cedar\n",
    )
    age_sample.commit_all()
    result = sopskit("sync", "--yes")
    assert (result.code, len(age_sample.changed())) == (0, 12)
    assert "rotated 12 files" in result.err
    assert all(age_sample.up_to_date(path) for path in age_sample.changed())


def test_without_a_rotation_the_data_key_stays_and_that_is_said(sample: Workbench) -> None:
    edit(
        sample,
        "          - *admin\n          - *cedar\n          - *maple\n",
        "          - *admin\n          - *cedar\n",
    )
    sample.commit_all()
    result = sopskit("sync", "--yes", "--no-rotate")
    assert (result.code, len(sample.changed())) == (0, 12)
    assert "they keep access to the data keys they have seen" in result.err
    assert all(sample.up_to_date(path) for path in sample.changed())


def test_a_key_spelled_otherwise_is_relabelled_without_a_key(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    key = age_key()
    ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZKAxP01qvRqDMcMfUjYYBc4+vwN3DUMp2UUXJ3xrEQ"
    rules = "creation_rules:\n  - age:\n      - {0}\n      - {1} root@old\n"
    (empty.root / ".sops.yaml").write_text(rules.format(key.recipient, ssh))
    empty.write_encrypted("one.yaml", "a: 1\n")
    edit(empty, "root@old", "root@new")
    empty.commit_all()
    plan = json.loads(sopskit("plan", "--format", "json").out)["files"][0]["changes"]
    assert plan == [{"group": 1, "add": [], "remove": [], "spelling": [f"{ssh} root@new"]}]
    assert sopskit("sync", "--yes").code == 0  # no identity is set: only the label changes
    assert empty.removed_lines("one.yaml") == [f"          recipient: {ssh} root@old"]
    assert empty.up_to_date("one.yaml")


def test_when_some_files_cannot_be_opened_nothing_is_written(
    sample: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = age_key()
    text = (sample.root / ".sops.yaml").read_text()
    (sample.root / ".sops.yaml").write_text(
        text.replace("[*admin, *cluster]", f"[*admin, *cluster, {cluster.recipient}]")
    )
    assert sopskit("sync", "--yes").code == 0
    sample.commit_all()
    # One who holds the cluster's key alone: 12 files open, 28 do not.
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    monkeypatch.setenv("SOPS_AGE_KEY", cluster.identity)
    new = age_key()
    command = ("add-host", "willow", "--key", new.recipient, "--all-rules", "--yes")
    refused = sopskit(*command)
    assert (refused.code, sample.changed()) == (5, [])
    named = [line for line in refused.err.splitlines() if "no identity on this machine opens it" in line]
    assert len(named) == 28
    assert any("hosts/maple/smtp.ini" in line for line in named)

    skipped = sopskit(*command, "--skip-unreadable")
    assert skipped.code == 6
    assert len(sample.changed()) == 1 + 12
    assert "left as they were" in skipped.err
    assert sample.decrypts("clusters/home/apps/gitea.sops.yaml", new.identity) is not None


def test_locking_oneself_out_is_refused(sample: Workbench) -> None:
    edit(sample, "          - *admin\n          - *maple\n", "          - *maple\n")
    sample.commit_all()
    result = sopskit("sync", "--yes", "--no-rotate")
    assert (result.code, sample.changed()) == (2, [])
    assert "you would lose access to 8 files" in result.err
    forced = sopskit("sync", "--yes", "--no-rotate", "--force")
    assert (forced.code, sample.changed()) == (2, [])  # --yes does not stand for the typed confirmation


def test_locking_oneself_out_of_a_group_is_refused(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a file of several groups it is the number of groups that still open which counts."""
    mine, other, third = (age_key() for _ in range(3))
    groups = "creation_rules:\n  - path_regex: ^s/\n    shamir_threshold: {}\n    key_groups:\n"
    two = groups + "      - age: [{}]\n      - age: [{}]\n"
    both = f"{mine.recipient}, {other.recipient}"
    (empty.root / ".sops.yaml").write_text(two.format(2, both, mine.recipient))
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    monkeypatch.setenv("SOPS_AGE_KEY", mine.identity)
    further = two.format(3, both, mine.recipient) + f"      - age: [{third.recipient}]\n"
    for rules in (two.format(2, both, other.recipient), further):
        (empty.root / ".sops.yaml").write_text(rules)
        empty.commit_all()
        result = sopskit("sync", "--yes", "--no-rotate")
        assert (result.code, empty.changed()) == (2, []), result.err
        assert "you would lose access to 1 file" in result.err


def test_without_gpg_no_pgp_key_is_ours(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(sample, "          - *admin\n          - *maple\n", "          - *admin\n")
    monkeypatch.setenv("SOPS_GPG_EXEC", "no-such-gpg")
    assert sopskit("sync", "--yes", "--no-rotate").code == 0
    assert sopskit("doctor").code == 4  # the sample has PGP recipients


def test_states_of_files(sample: Workbench) -> None:
    (sample.root / "shared/plain.yaml").write_text("a: 1\n")
    (sample.root / "shared/empty.yaml").touch()
    (sample.root / "orphan.yaml").write_bytes((sample.root / "shared/wifi.yaml").read_bytes())
    content = (sample.root / "shared/ntfy.yaml").read_text()
    (sample.root / "shared/ntfy.yaml").write_text(content[: content.index("-----BEGIN AGE") + 200])
    result = sopskit("plan", "--format", "json")
    states = {each["path"]: each["state"] for each in json.loads(result.out)["files"]}
    assert states["shared/plain.yaml"] == "plaintext"
    assert states["shared/empty.yaml"] == "empty"
    assert states["orphan.yaml"] == "orphan"
    assert states["shared/ntfy.yaml"] == "broken"
    assert result.code == 6  # a file that could not be read is never the same as drift
    assert "README.md" not in states


def test_several_configs_the_nearest_governs(sample: Workbench) -> None:
    key = age_key()
    (sample.root / "shared/.sops.yaml").write_text(f"creation_rules:\n  - age: {key.recipient}\n")
    plan = json.loads(sopskit("plan", "--format", "json").out)
    assert plan["summary"]["drift"] == 12
    overridden = json.loads(sopskit("plan", "--format", "json", "--config", ".sops.yaml").out)
    assert overridden["summary"]["drift"] == 0


def test_the_sops_engine_gives_the_same_result(sample: Workbench, sops_on_path: None) -> None:
    key = age_key()
    command = ("--engine", "sops", "add-host", "willow", "--key", key.recipient, "--rule", "2", "--yes")
    result = sopskit(*command)
    assert result.code == 0, result.err
    assert len(sample.changed()) == 9
    assert sample.decrypts("hosts/cedar/wireguard.key", key.identity) is not None
    assert all(sample.up_to_date(path) for path in sample.changed() if path != ".sops.yaml")
    assert sample.removed_lines("hosts/cedar/users.yaml") == []


def test_a_second_key_comes_and_goes(sample: Workbench) -> None:
    key = age_key()
    before = (sample.root / ".sops.yaml").read_bytes()
    assert sopskit("add-key", "cedar", "--key", key.recipient, "--yes").code == 0
    assert "&cedar_age" in (sample.root / ".sops.yaml").read_text()
    assert sample.decrypts("hosts/cedar/users.yaml", key.identity) is not None
    assert len(sample.changed()) == 1 + 20
    removed = sopskit("remove-key", "cedar", key.recipient, "--yes", "--no-rotate")
    assert removed.code == 0, removed.err
    assert (sample.root / ".sops.yaml").read_bytes() == before
    assert sample.decrypts("hosts/cedar/users.yaml", key.identity) is None
    assert sample.changed() == []  # a re-wrap and its reverse leave no trace


def test_the_last_key_of_a_host_stays(sample: Workbench) -> None:
    recipient = (sample.root / ".sops.yaml").read_text().split("&cedar")[1].split()[0]
    result = sopskit("remove-key", "cedar", recipient, "--yes", "--no-rotate")
    assert (result.code, sample.changed()) == (2, [])
    assert "remove-host" in result.err
    assert sopskit("remove-key", "maple", recipient, "--yes").code == 2


def test_the_admin_key_of_the_sample_is_the_one_that_was_published() -> None:
    assert "published on purpose" in (DEMO / "admin.agekey").read_text()
