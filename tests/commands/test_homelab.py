"""A real homelab's repository: a key id instead of a fingerprint, and a rule that matches nothing."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.commands.test_add_host import pgp_key
from tests.commands.workbench import Workbench, age_key, sopskit
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
---
keys:
  - users:
      - &admin {key_id}
creation_rules:
  - path_regex: secrets/[^/]+\\.(yaml|json|env|ini)$
    key_groups:
      - pgp:
          - *admin
stores:
  yaml:
    indent: 2
  json:
    indent: 2
  json_binary:
    indent: 2
"""


@pytest.fixture
def homelab(empty: Workbench, gnupg_home: Path) -> Workbench:
    """Two encrypted files one folder deeper than the rule looks, and an empty one."""
    fingerprint = pgp_key()
    listing = subprocess.run(
        [program("gpg"), "--list-keys", "--with-colons"], check=True, capture_output=True, text=True
    ).stdout
    subkey = [line.split(":")[4] for line in listing.splitlines() if line.startswith("sub")][-1]
    wide = RULES.replace("secrets/[^/]+", "secrets/.+")
    (empty.root / ".sops.yaml").write_text(wide.format(key_id=fingerprint))
    empty.write_encrypted("secrets/server/secrets.sops.yaml", "wireguard_key: example\n")
    empty.write_encrypted("secrets/laptop/secrets.sops.yaml", "wifi: example\n")
    (empty.root / ".sops.yaml").write_text(RULES.format(key_id=subkey))
    (empty.root / "secrets/nas").mkdir()
    (empty.root / "secrets/nas/secrets.sops.yaml").touch()
    empty.commit_all()
    return empty


def test_what_it_says_of_the_repository(homelab: Workbench) -> None:
    plan = sopskit("plan")
    assert plan.code == 1
    assert plan.out.count("orphan") == 3  # two rows, and the summary
    hosts = sopskit("hosts").out
    assert "admin" in hosts
    assert "user" in hosts


def test_a_host_that_joins_a_rule_without_files_is_told_so(homelab: Workbench) -> None:
    result = sopskit(
        "add-host", "server", "--role", "machine", "--key", age_key().recipient, "--all-rules", "--yes"
    )
    assert (result.code, homelab.changed()) == (0, [".sops.yaml"])
    assert "rule 1 (secrets/[^/]+\\.(yaml|json|env|ini)$) claims no file today" in result.err
    assert "secrets/server/secrets.sops.yaml" in result.err
    added = [line[1:] for line in homelab.git("diff", "-U0", ".sops.yaml").splitlines() if line[:2] == "+ "]
    assert added[1].startswith("      - &server age1")
    assert [added[0], *added[2:]] == ["  - hosts:", "        age:", "          - *server"]


def test_once_the_rule_is_mended_the_host_joins_for_real(homelab: Workbench) -> None:
    path = homelab.root / ".sops.yaml"
    path.write_text(path.read_text().replace("secrets/[^/]+", "secrets/.+"))
    homelab.commit_all()
    key = age_key()
    command = ("add-host", "server", "--role", "machine", "--key", key.recipient, "--all-rules", "--yes")
    # The rule's key id and the file's fingerprint are two spellings that only a keyring can tell are one key,
    # so that the fingerprint is taken for a recipient that goes, and the files are rotated.
    done = sopskit(*command)
    assert done.code == 0, done.err
    assert done.err.count("rotated 2 files") == 1
    assert homelab.decrypts("secrets/server/secrets.sops.yaml", key.identity) == "wireguard_key: example\n"
    assert homelab.up_to_date("secrets/server/secrets.sops.yaml")
