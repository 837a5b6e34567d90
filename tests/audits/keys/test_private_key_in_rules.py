"""A private key in a `.sops.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, example, found, messages
from tests.commands.workbench import age_key
from tests.keys.material import ssh_key

if TYPE_CHECKING:
    from pathlib import Path

ID = "private-key-in-rules"


def test_an_age_identity_in_keys_and_in_a_comment(tmp_path: Path) -> None:
    identity = age_key().identity
    rules = (
        f"keys:\n  - &alice {identity}\n  # mine: {identity.lower()}\ncreation_rules: [{{age: {ALICE}}}]\n"
    )
    findings = found(ID, example(tmp_path, {".sops.yaml": rules}))
    assert [each.place[1:3] for each in findings] == [(2, 12), (3, 11)]
    shown = "".join(f"{each.message} {each.hint} {each.fingerprint}" for each in findings).lower()
    assert identity[20:30].lower() not in shown


def test_an_ssh_key_in_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    ssh_key(tmp_path / "keys" / "id", "ed25519")
    key = (tmp_path / "keys" / "id").read_text()
    files = {".sops.yaml": f"creation_rules: [{{age: {ALICE}}}]\n", "apps/.sops.yaml": f"a: [\n{key}"}
    assert messages(ID, files) == ["apps/.sops.yaml:2: an SSH private key stands in the rules"]


def test_public_keys_and_mere_mentions_are_right() -> None:
    x = "X" * 58
    rules = f"# never AGE-SECRET-KEY-1..., nor AGE-SECRET-KEY-1{x}\ncreation_rules: [{{age: {ALICE}}}]\n"
    assert messages(ID, {".sops.yaml": rules}) == []
