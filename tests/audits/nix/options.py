"""A host with sops-nix, and one option of it."""

from __future__ import annotations

from tests.audits.examples import ALICE, NOVA, encrypted, messages

AT = "hosts/nova/default.nix:3: "
RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&server_nova {NOVA}]\n"
    "creation_rules: [age: [*alice, *server_nova]]\n"
)


def found(id_: str, option: str) -> list[str]:
    files = {
        ".sops.yaml": RULES,
        "a.yaml": encrypted(ALICE, NOVA),
        "hosts/nova/default.nix": "{ self, ... }: {\n  sops.defaultSopsFile = ../../a.yaml;\n"
        f"  sops.{option};\n}}\n",
    }
    return messages(id_, files)
