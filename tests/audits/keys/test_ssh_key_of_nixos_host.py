"""An SSH key as it is, for a host that opens files with sops-nix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.keys import recipients, ssh
from tests.audits.examples import ALICE, example, found, messages
from tests.sops_yaml import samples

if TYPE_CHECKING:
    from pathlib import Path

ID = "ssh-key-of-nixos-host"
KEY = samples.ssh("web")
RULES = (
    f"keys:\n  - &server_web {KEY}\n  - &alice {ALICE}\ncreation_rules: [{{age: [*server_web, *alice]}}]\n"
)
MODULE = "{ sops.defaultSopsFile = ../../secrets/web.yaml; }\n"


def test_the_hint_is_the_key_as_age_spells_it(tmp_path: Path) -> None:
    subject = example(tmp_path, {".sops.yaml": RULES, "hosts/web/default.nix": MODULE})
    (finding,) = found(ID, subject)
    assert finding.place.line == 2
    assert finding.message == "server_web is an SSH key, and sops-nix opens files with age keys only"
    assert ssh.to_age(recipients.parse(KEY)).text in finding.hint


def test_a_host_that_is_no_nixos_host_may_have_one() -> None:
    assert messages(ID, {".sops.yaml": RULES}) == []
    assert messages(ID, {".sops.yaml": RULES, "hosts/mail/default.nix": MODULE}) == []


def test_a_host_with_an_age_key_is_right() -> None:
    rules = RULES.replace(KEY, ssh.to_age(recipients.parse(KEY)).text)
    assert messages(ID, {".sops.yaml": rules, "hosts/web/default.nix": MODULE}) == []
