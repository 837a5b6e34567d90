"""remove-host: the host opens nothing any more, everyone else everything, says real sops."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from sopskit.errors import ConfigurationError
from sopskit.inventory.inventory import take_inventory
from sopskit.repo.discovery import Repository
from sopskit.sops import formats
from sopskit.workflows.remove_host import remove_host
from tests.commands.workbench import DEMO, KeyPair, Workbench, age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = KeyPair(
    *(line.removeprefix("# public key: ") for line in (DEMO / "admin.agekey").read_text().splitlines()[-2:])
)


@pytest.fixture
def willow(age_sample: Workbench) -> KeyPair:
    """A host of that name, which reads what cedar reads: 20 files."""
    key = age_key()
    assert sopskit("add-host", "willow", "--key", key.recipient, "--like", "cedar", "--yes").code == 0
    age_sample.commit_all()
    return key


def values(path: Path) -> set[str]:
    """The encrypted values of a file, and its MAC."""
    return set(re.findall(r"ENC\[[^]]*\]", path.read_text()))


def data_key(path: Path, key: KeyPair, tmp_path: Path) -> bytes | None:
    """What real age finds in a file's stanza for a key; None where the file has none."""
    file = formats.read(path.read_bytes(), formats.format_of(path.name))
    assert file is not None
    stanzas = [each for each in file.metadata.groups[0] if each.recipient.text == key.recipient]
    if not stanzas:
        return None
    (tmp_path / "identity").write_text(key.identity)
    argv = [program("age"), "--decrypt", "--identity", str(tmp_path / "identity")]
    return subprocess.run(argv, input=stanzas[0].enc.encode(), capture_output=True, check=True).stdout


def test_the_host_opens_nothing_and_everyone_else_everything(
    age_sample: Workbench, willow: KeyPair, tmp_path: Path
) -> None:
    root, files = age_sample.root, age_sample.secret_files()
    plaintexts = {path: age_sample.decrypts(path, ADMIN.identity) for path in files}
    read = [path for path in files if age_sample.decrypts(path, willow.identity) is not None]
    before = {path: values(root / path) for path in read}
    seen = {path: data_key(root / path, willow, tmp_path) for path in read}
    assert len(read) == 20

    result = sopskit("remove-host", "willow", "--yes")

    assert result.code == 0, result.err
    assert "rotated 20 files" in result.err
    assert "willow has seen the values of 20 files" in result.err
    assert [path for path in files if age_sample.decrypts(path, willow.identity) is not None] == []
    assert {path: age_sample.decrypts(path, ADMIN.identity) for path in files} == plaintexts
    assert [path for path in read if before[path] & values(root / path)] == []
    assert [path for path in read if seen[path] == data_key(root / path, ADMIN, tmp_path)] == []
    assert [path for path in files if not age_sample.up_to_date(path)] == []
    assert age_sample.changed() == [".sops.yaml", *read]


def test_sops_yaml_has_the_bytes_that_it_had_before(age_sample: Workbench) -> None:
    before = (age_sample.root / ".sops.yaml").read_bytes()
    ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFZKAxP01qvRqDMcMfUjYYBc4+vwN3DUMp2UUXJ3xrEQ"
    keys = ("--key", age_key().recipient, "--key", age_key(post_quantum=True).recipient, "--key", ssh)
    options = ("--keep-ssh", "--role", "machine", "--rule", "1", "--rule", "4")
    assert sopskit("add-host", "willow", *keys, *options, "--yes").code == 0
    assert (age_sample.root / ".sops.yaml").read_bytes() != before
    assert sopskit("remove-host", "willow", "--yes").code == 0
    assert (age_sample.root / ".sops.yaml").read_bytes() == before


def test_without_a_rotation_the_data_key_that_was_seen_opens_what_is_written_later(
    age_sample: Workbench, willow: KeyPair, tmp_path: Path
) -> None:
    path = age_sample.root / "shared/wifi.yaml"
    seen = data_key(path, willow, tmp_path)
    result = sopskit("remove-host", "willow", "--yes", "--no-rotate")
    assert (result.code, "re-wrapped 20 files" in result.err) == (0, True)
    assert (
        "they keep access to the data keys they have seen, and to what is written later: willow" in result.err
    )
    assert age_sample.decrypts("shared/wifi.yaml", willow.identity) is None
    assert data_key(path, ADMIN, tmp_path) == seen
    assert sopskit("sync", "--rotate", "--yes", "shared/wifi.yaml").code == 0
    assert data_key(path, ADMIN, tmp_path) != seen


def test_files_that_no_rule_gives_to_the_host_are_revoked_too(age_sample: Workbench, willow: KeyPair) -> None:
    """An orphan, a file whose rule lost the host by hand, and one that another `.sops.yaml` governs."""
    wifi = (age_sample.root / "shared/wifi.yaml").read_bytes()
    (age_sample.root / "orphan.yaml").write_bytes(wifi)
    (age_sample.root / "hosts/maple/stray.yaml").write_bytes(wifi)
    (age_sample.root / "nested").mkdir()
    nested = f"# theirs\ncreation_rules:\n  - age: {ADMIN.recipient},{willow.recipient}\n"
    (age_sample.root / "nested/.sops.yaml").write_text(nested)
    (age_sample.root / "nested/wifi.yaml").write_bytes(wifi)
    age_sample.commit_all()
    result = sopskit("remove-host", "willow", "--yes")
    assert result.code == 0, result.err
    for path in ("orphan.yaml", "hosts/maple/stray.yaml", "nested/wifi.yaml"):
        assert age_sample.decrypts(path, willow.identity) is None, path
        assert age_sample.decrypts(path, ADMIN.identity) is not None, path
    left = f"# theirs\ncreation_rules:\n  - age: {ADMIN.recipient}\n"
    assert (age_sample.root / "nested/.sops.yaml").read_text() == left
    assert "wrote nested/.sops.yaml" in result.err


def test_an_orphan_of_the_host_alone_is_named(age_sample: Workbench, willow: KeyPair) -> None:
    rules = (age_sample.root / ".sops.yaml").read_text()
    (age_sample.root / ".sops.yaml").write_text(f"creation_rules:\n  - age: {willow.recipient}\n")
    age_sample.write_encrypted("orphan.yaml", "a: 1\n")
    (age_sample.root / ".sops.yaml").write_text(rules)
    age_sample.commit_all()
    result = sopskit("remove-host", "willow", "--yes")
    assert result.code == 1
    assert "orphan.yaml stays readable to who goes: no rule claims it, and nobody else" in result.err
    assert "orphan.yaml" not in age_sample.changed()


def test_a_broken_file_is_no_success(age_sample: Workbench, willow: KeyPair) -> None:
    path = age_sample.root / "shared/ntfy.yaml"
    path.write_text(path.read_text()[:900])
    result = sopskit("remove-host", "willow", "--yes")
    assert result.code == 6
    assert "error: shared/ntfy.yaml" in result.err
    assert age_sample.decrypts("shared/wifi.yaml", willow.identity) is None


def own_rule(workbench: Workbench, key: KeyPair, *, claims: bool) -> None:
    """A rule of one key alone, at the end, and a file that it claims."""
    path = workbench.root / ".sops.yaml"
    text = path.read_text().rstrip("\n")
    path.write_text(f"{text}\n  - path_regex: ^own/\n    age: {key.recipient}\n")
    if claims:
        workbench.write_encrypted("own/one.yaml", "a: 1\n")
    workbench.commit_all()


def test_files_that_nobody_else_reads_are_not_taken_from_everyone(
    age_sample: Workbench, willow: KeyPair
) -> None:
    own_rule(age_sample, willow, claims=True)
    for options in ((), ("--force",)):
        result = sopskit("remove-host", "willow", "--yes", *options)
        assert (result.code, age_sample.changed()) == (2, [])  # --yes stands for no typed confirmation
        assert "rule 5 of .sops.yaml would be left without a key, and own/one.yaml to nobody" in result.err


def test_a_rule_that_only_named_the_host_goes_with_it_where_it_claims_nothing(
    age_sample: Workbench, willow: KeyPair
) -> None:
    own_rule(age_sample, willow, claims=False)
    result = sopskit("remove-host", "willow", "--yes")
    assert result.code == 0, result.err
    assert "rule 5 of .sops.yaml has no other key and claims no file: it goes too" in result.err
    assert "^own/" not in (age_sample.root / ".sops.yaml").read_text()


def test_a_new_rule_made_for_a_host_alone_comes_and_goes(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, new = age_key(), age_key()
    rules = (
        f"keys:\n  - &admin {admin.recipient}\n\ncreation_rules:\n  - path_regex: ^a/\n    age: *admin\n\n"
    )
    rules += "  - path_regex: ^b/\n    age: *admin\n"
    (empty.root / ".sops.yaml").write_text(rules)
    empty.write_encrypted("a/one.yaml", "a: 1\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", admin.identity)
    assert sopskit("add-host", "willow", "--key", new.recipient, "--new-rule", "^c/", "--yes").code == 0
    text = (empty.root / ".sops.yaml").read_text()
    (empty.root / ".sops.yaml").write_text(re.sub(f"{admin.recipient},|,{admin.recipient}", "", text))
    assert sopskit("remove-host", "willow", "--yes").code == 0
    assert (empty.root / ".sops.yaml").read_text() == rules


def test_one_s_own_last_key_stays(age_sample: Workbench) -> None:
    result = sopskit("remove-host", "admin", "--yes")
    assert (result.code, age_sample.changed()) == (2, [])
    assert "you would lose access to 40 files" in result.err


def test_one_s_own_last_key_stays_where_it_opens_no_file(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = age_key(), age_key()
    keys = f"keys:\n  - &me {mine.recipient}\n  - &other {other.recipient}\n"
    (empty.root / ".sops.yaml").write_text(f"{keys}creation_rules:\n  - age: [*me, *other]\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", mine.identity)
    result = sopskit("remove-host", "me", "--yes")
    assert (result.code, empty.changed()) == (2, [])
    assert "your own last key" in result.err
    assert sopskit("remove-host", "other", "--yes").code == 0


def test_a_key_group_of_the_host_alone_is_refused(empty: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = age_key(), age_key()
    keys = f"keys:\n  - &me {mine.recipient}\n  - &other {other.recipient}\n"
    groups = "    key_groups:\n      - age: [*me]\n      - age: [*other]\n"
    rules = f"{keys}creation_rules:\n  - path_regex: ^s/\n    shamir_threshold: 2\n{groups}"
    (empty.root / ".sops.yaml").write_text(rules)
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    empty.commit_all()
    monkeypatch.setenv("SOPS_AGE_KEY", f"{mine.identity} {other.identity}")
    result = sopskit("remove-host", "other", "--yes")
    assert (result.code, empty.changed()) == (2, [])
    assert "key group 2 of rule 1 of .sops.yaml would be left without a key" in result.err


@pytest.mark.parametrize("threshold", [2, 3])
def test_force_takes_a_key_group_out_where_the_threshold_can_still_be_met(
    empty: Workbench, monkeypatch: pytest.MonkeyPatch, threshold: int
) -> None:
    keys = {name: age_key() for name in ("me", "you", "other")}
    named = "".join(f"  - &{name} {key.recipient}\n" for name, key in keys.items())
    groups = "".join(f"      - age: [*{name}]\n" for name in keys)
    rule = f"  - path_regex: ^s/\n    shamir_threshold: {threshold}\n    key_groups:\n{groups}"
    (empty.root / ".sops.yaml").write_text(f"keys:\n{named}creation_rules:\n{rule}")
    empty.write_encrypted("s/one.yaml", "a: 1\n")
    inventory = take_inventory(Repository.open(empty.root), empty.root)
    if threshold == 3:
        with pytest.raises(ConfigurationError, match="2 key groups and a shamir_threshold of 3"):
            remove_host(inventory, "other", force=True)
        return
    change = remove_host(inventory, "other", force=True)
    assert [len(change.destroyed), change.document.text.count("other")] == [1, 0]
    (plan,) = change.plan.files
    assert (plan.rotate, plan.resplit, plan.target and len(plan.target.groups)) == (True, True, 2)


def test_a_pgp_key_goes_under_its_fingerprint_and_its_id(empty: Workbench) -> None:
    mine, fingerprint = age_key(), "AD12B58DB919DB610ED74E3E174D74BC0241DABE"
    rules = f"  - path_regex: a\n    pgp: {fingerprint[-16:]}\n    age: *me\n  - pgp: *old\n    age: *me\n"
    text = f"keys:\n  - &me {mine.recipient}\n  - &old {fingerprint}\ncreation_rules:\n{rules}"
    (empty.root / ".sops.yaml").write_text(text)
    assert sopskit("remove-host", "old", "--yes").code == 0
    left = (empty.root / ".sops.yaml").read_text()
    assert ("pgp" in left, left.count("*me")) == (False, 2)


def test_a_host_that_is_not_there(age_sample: Workbench) -> None:
    result = sopskit("remove-host", "birch", "--yes")
    assert (result.code, age_sample.changed()) == (2, [])
    assert "there is no host birch" in result.err
    assert "cedar, cluster, maple" in result.err


def test_what_reads_files_with_its_key_is_told(age_sample: Workbench, willow: KeyPair) -> None:
    (age_sample.root / "Makefile").write_text("mail:\n\tsops exec-env hosts/cedar/mail.yaml ./mail\n")
    (age_sample.root / "compose.yaml").write_text("secrets: {app: {file: hosts/cedar/app.json}}\n")
    (age_sample.root / ".sopskit.toml").write_text('[consumers]\n"compose:compose.yaml" = "willow"\n')
    result = sopskit("remove-host", "willow", "--dry-run")
    told = (
        "note: compose compose.yaml can no longer read hosts/cedar/app.json: it reads with the key of willow"
    )
    perhaps = "note: command Makefile reads hosts/cedar/mail.yaml, and no longer can if with the key of"
    assert told in result.err
    assert perhaps in result.err


def test_a_dry_run_shows_and_writes_nothing(age_sample: Workbench, willow: KeyPair) -> None:
    result = sopskit("remove-host", "willow", "--dry-run")
    assert (result.code, age_sample.changed()) == (1, [])
    assert "20 files to rotate" in result.out
    assert f"-      - &willow     {willow.recipient}" in result.out
