"""A host with sops-nix, and options of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, NOVA, encrypted, messages

if TYPE_CHECKING:
    from tests.audits.examples import Files

AT = "hosts/nova/default.nix:3: "
RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&server_nova {NOVA}]\n"
    "creation_rules: [age: [*alice, *server_nova]]\n"
)


def repository(option: str, files: Files | None = None) -> dict[str, str | bytes]:
    """A repository whose host nova says `sops.OPTION;` in its third line."""
    return {
        ".sops.yaml": RULES,
        "a.yaml": encrypted(ALICE, NOVA),
        "hosts/nova/default.nix": "{ self, ... }: {\n  sops.defaultSopsFile = ../../a.yaml;\n"
        f"  sops.{option};\n}}\n",
        **(files or {}),
    }


def found(id_: str, option: str, files: Files | None = None) -> list[str]:
    """What an audit finds in it."""
    return messages(id_, repository(option, files))
