"""An RSA key that is too short."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import messages
from tests.audits.keys.keyrings import lines
from tests.keys.material import run, ssh_key
from tests.keys.test_pgp import make_key

if TYPE_CHECKING:
    from pathlib import Path

ID = "weak-rsa-key"


def test_ssh_keys(tmp_path: Path) -> None:
    run("ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-C", "", "-f", tmp_path / "weak")
    weak = (tmp_path / "weak.pub").read_text().strip()
    rules = (
        f"keys:\n  - &old {weak}\n  - &new {ssh_key(tmp_path / 'new', 'rsa')}\n"
        f"  - &ed {ssh_key(tmp_path / 'ed', 'ed25519')}\ncreation_rules: [{{age: [*old, *new, *ed]}}]\n"
    )
    (message,) = messages(ID, {".sops.yaml": rules})
    assert message.startswith(".sops.yaml:2: old (")
    assert message.endswith("is an RSA key of 1024 bits")


def test_a_damaged_key_has_no_length() -> None:
    rules = "creation_rules:\n  - age: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA\n"
    assert messages(ID, {".sops.yaml": rules}) == []


@pytest.mark.usefixtures("gnupg_home")
def test_pgp_keys_of_the_keyring() -> None:
    weak = make_key("weak@example.org", "rsa1024")
    assert lines(ID, weak, make_key("good@example.org", "rsa2048"), make_key("ed@example.org")) == [3]
