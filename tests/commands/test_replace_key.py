"""replace-key and rename-host: a machine was installed anew, or has another name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.commands.test_add_host import pgp_key
from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit, ssh_key

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def willow(age_sample: Workbench) -> KeyPair:
    """A host of that name, which reads what cedar reads."""
    key = age_key()
    assert sopskit("add-host", "willow", "--key", key.recipient, "--like", "cedar", "--yes").code == 0
    age_sample.commit_all()
    return key


def test_the_new_key_opens_what_the_old_one_did(
    age_sample: Workbench, willow: KeyPair, tmp_path: Path
) -> None:
    new = age_key()
    before = (age_sample.root / ".sops.yaml").read_text()
    files = [path for path in age_sample.secret_files() if age_sample.decrypts(path, willow.identity)]
    result = sopskit("replace-key", "willow", "--key", new.recipient, "--yes")
    assert result.code == 0, result.err
    assert "rotated 20 files" in result.err
    assert (age_sample.root / ".sops.yaml").read_text() == before.replace(willow.recipient, new.recipient)
    assert age_sample.changed() == [".sops.yaml", *files]
    assert [path for path in files if age_sample.decrypts(path, willow.identity)] == []
    assert [path for path in files if not age_sample.decrypts(path, new.identity)] == []
    assert [path for path in files if not age_sample.up_to_date(path)] == []


def test_files_that_no_rule_claims_follow_too(age_sample: Workbench, willow: KeyPair) -> None:
    (age_sample.root / "orphan.yaml").write_bytes((age_sample.root / "shared/wifi.yaml").read_bytes())
    new = age_key()
    assert sopskit("replace-key", "willow", "--key", new.recipient, "--yes").code == 0
    assert age_sample.decrypts("orphan.yaml", willow.identity) is None
    assert age_sample.decrypts("orphan.yaml", new.identity) is not None


def test_of_several_keys_one_is_named(age_sample: Workbench, willow: KeyPair) -> None:
    second, new = age_key(), age_key()
    assert sopskit("add-key", "willow", "--key", second.recipient, "--yes").code == 0
    command = ("replace-key", "willow", "--key", new.recipient, "--yes")
    unnamed = sopskit(*command)
    assert (unnamed.code, "--old" in unnamed.err) == (2, True)
    assert sopskit(*command, "--old", age_key().recipient).code == 2
    assert sopskit(*command, "--old", second.recipient).code == 0
    assert age_sample.decrypts("shared/wifi.yaml", new.identity) is not None
    assert age_sample.decrypts("shared/wifi.yaml", willow.identity) is not None
    assert age_sample.decrypts("shared/wifi.yaml", second.identity) is None


def test_a_suffix_says_the_kind_of_the_new_key(age_sample: Workbench, willow: KeyPair) -> None:
    second, new = age_key(), age_key(post_quantum=True)
    assert sopskit("add-key", "willow", "--key", second.recipient, "--yes").code == 0
    assert "&willow_age " in (age_sample.root / ".sops.yaml").read_text()
    command = ("replace-key", "willow", "--old", second.recipient, "--key", new.recipient)
    assert sopskit(*command, "--yes").code == 0
    rules = (age_sample.root / ".sops.yaml").read_text()
    assert (rules.count("willow_age"), rules.count("*willow_pq")) == (0, 2)
    assert age_sample.decrypts("shared/wifi.yaml", new.identity) is not None


def test_a_key_of_another_kind_goes_into_the_field_of_its_kind(
    age_sample: Workbench, willow: KeyPair, gnupg_home: Path
) -> None:
    fingerprint = pgp_key()
    result = sopskit("replace-key", "willow", "--key", fingerprint, "--yes")
    assert result.code == 0, result.err
    rules = (age_sample.root / ".sops.yaml").read_text()
    assert re.search(rf"&willow +{fingerprint}\n", rules)
    assert willow.recipient not in rules
    assert age_sample.up_to_date("shared/wifi.yaml")
    assert willow.recipient not in (age_sample.root / "shared/wifi.yaml").read_text()


def test_an_ssh_key_comes_in_the_form_that_the_host_opens(
    age_sample: Workbench, willow: KeyPair, tmp_path: Path
) -> None:
    key = ssh_key(tmp_path)
    result = sopskit("replace-key", "willow", "--key-file", f"{key}.pub", "--yes")
    assert (result.code, "age form" in result.err) == (0, True)


def test_a_key_that_is_in_use_is_refused(age_sample: Workbench, willow: KeyPair) -> None:
    cedar = (age_sample.root / ".sops.yaml").read_text().split("&cedar")[1].split()[0]
    result = sopskit("replace-key", "willow", "--key", cedar, "--yes")
    assert (result.code, age_sample.changed()) == (2, [])
    assert "&cedar" in result.err


def test_one_s_own_key_is_not_replaced_by_one_that_is_not_here(sample: Workbench) -> None:
    old = (sample.root / ".sops.yaml").read_text().split("&admin ")[1].split()[0]
    result = sopskit("replace-key", "admin", "--old", old, "--key", age_key().recipient, "--yes")
    assert (result.code, sample.changed()) == (2, [])
    assert "you would lose access to 40 files" in result.err


def test_a_host_has_another_name_and_no_file_changes(sample: Workbench) -> None:
    before = (sample.root / ".sops.yaml").read_text()
    result = sopskit("rename-host", "admin", "root", "--yes")
    assert (result.code, sample.changed()) == (0, [".sops.yaml"]), result.err
    rules = (sample.root / ".sops.yaml").read_text()
    assert (rules.count("*root_pgp"), rules.count("*admin")) == (4, 0)
    assert [line for line in rules.splitlines() if "#" in line] == [
        line for line in before.splitlines() if "#" in line
    ]
    assert sopskit("rename-host", "root", "admin", "--yes").code == 0
    assert sample.changed() == []


@pytest.mark.parametrize("name", ["maple", "cedar", "new name", "cedar_age", "-x"])
def test_a_name_that_is_taken_or_none_is_refused(sample: Workbench, name: str) -> None:
    result = sopskit("rename-host", "--yes", "--", "cedar", name)
    assert (result.code, sample.changed()) == (2, [])


def test_a_role_that_follows_from_the_name_may_get_lost(empty: Workbench) -> None:
    rules = f"keys:\n  - &server_a {age_key().recipient}\ncreation_rules:\n  - age: *server_a\n"
    (empty.root / ".sops.yaml").write_text(rules)
    result = sopskit("rename-host", "server_a", "b", "--yes")
    assert result.code == 0
    assert "it was machine, and is unknown" in result.err
