"""A host that `.sopskit.toml` names, and nobody defines."""

from __future__ import annotations

from tests.audits.examples import ALICE, NOVA, messages

ID = "undefined-host"
RULES = f"keys: [&alice {ALICE}, &nova_age {NOVA}]\ncreation_rules: [{{age: [*alice, *nova_age]}}]\n"


def test_a_bound_host_that_nobody_defines() -> None:
    settings = '[consumers]\n"nix:web" = "nova"\n"flux:home/apps/sops" = ["nova", "novva"]\n'
    assert messages(ID, {".sops.yaml": RULES, ".sopskit.toml": settings}) == [
        ".sopskit.toml:3: flux:home/apps/sops is bound to novva, and no .sops.yaml names such a host"
    ]


def test_no_settings_or_broken_ones_say_nothing() -> None:
    assert messages(ID, {".sops.yaml": RULES}) == []
    assert messages(ID, {".sops.yaml": RULES, ".sopskit.toml": "[consumers\n"}) == []
