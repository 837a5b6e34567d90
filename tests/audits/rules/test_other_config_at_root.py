"""Files for which sops, started in the root, takes other rules."""

from __future__ import annotations

from tests.audits.examples import ALICE, BOB, encrypted, messages

ID = "other-config-at-root"
NEAREST = f"creation_rules:\n  - age: {ALICE}\n"


def test_the_root_gives_them_to_others() -> None:
    files = {
        ".sops.yaml": f"creation_rules:\n  - age: {BOB}\n",
        "apps/.sops.yaml": NEAREST,
        "apps/a.yaml": encrypted(ALICE),
        "apps/b/c.yaml": encrypted(ALICE),
        "apps/readme.md": "x\n",
    }
    assert messages(ID, files) == [
        (
            "apps/.sops.yaml: sops, started in the root, takes .sops.yaml for apps/a.yaml and apps/b/c.yaml, "
            "and other recipients"
        )
    ]


def test_the_same_recipients_no_rule_and_no_root() -> None:
    files = {"apps/.sops.yaml": NEAREST, "apps/a.yaml": encrypted(ALICE)}
    assert messages(ID, files) == []
    assert messages(ID, files | {".sops.yaml": NEAREST}) == []
    assert (
        messages(ID, files | {".sops.yaml": f"creation_rules:\n  - path_regex: ^x\n    age: {BOB}\n"}) == []
    )
    assert messages(ID, files | {".sops.yaml": "broken: ["}) == []
