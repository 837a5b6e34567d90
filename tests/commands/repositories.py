"""Repositories of a few hosts and rules, for tests of who reads what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.commands.workbench import KeyPair, Workbench, age_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def keys(*names: str) -> dict[str, KeyPair]:
    """A new key pair for each name."""
    return {name: age_key() for name in names}


def write_rules(
    workbench: Workbench, hosts: Mapping[str, KeyPair], rules: Mapping[str, Sequence[str]], path: str = ""
) -> None:
    """A `.sops.yaml` in the folder `path` with the hosts as anchors, and a rule for each pattern."""
    lines = ["keys:", *(f"  - &{name} {key.recipient}" for name, key in hosts.items()), "creation_rules:"]
    for pattern, names in rules.items():
        members = ", ".join(f"*{name}" if name in hosts else name for name in names)
        lines += [f"  - path_regex: {pattern}", "    key_groups:", f"      - age: [{members}]"]
    (workbench.root / path / ".sops.yaml").write_text("\n".join(lines) + "\n")
