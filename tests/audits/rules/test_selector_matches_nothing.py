"""A rule whose selector names keys that none of its files has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.audits.examples import ALICE, encrypted, example, found, messages

if TYPE_CHECKING:
    from pathlib import Path

ID = "selector-matches-nothing"


def _rule(selector: str, pattern: str = "^a/") -> str:
    return f"creation_rules:\n  - path_regex: {pattern}\n    {selector}\n    age: {ALICE}\n"


def test_nothing_is_encrypted() -> None:
    clear = encrypted(ALICE, values=(), clear="data:\n  token: x\n", encrypted_regex="^stringdata$")
    files = {".sops.yaml": _rule("encrypted_regex: ^stringdata$"), "a/x.yaml": clear, "a/y.yaml": clear}
    assert messages(ID, files) == [
        (
            ".sops.yaml:3: rule 1 has encrypted_regex: ^stringdata$, and no key in a/x.yaml and a/y.yaml "
            "matches: by it nothing in them is encrypted"
        )
    ]


@pytest.mark.parametrize(
    "selector", ["encrypted_regex: ^data$", "encrypted_suffix: ta", "unencrypted_regex: ^kind$"]
)
def test_one_file_with_such_a_key_is_enough(selector: str) -> None:
    files = {
        ".sops.yaml": _rule(selector),
        "a/x.yaml": encrypted(ALICE, clear="other: 1\n"),
        "a/y.yaml": "kind: Secret\ndata:\n  token: x\n",
        "b/z.yaml": "nothing: here\n",
    }
    assert messages(ID, files) == []


def test_what_is_to_stay_readable_and_is_not_there_does_no_harm(tmp_path: Path) -> None:
    files = {".sops.yaml": _rule("unencrypted_regex: ^kind$"), "a/x.yaml": encrypted(ALICE)}
    (finding,) = found(ID, example(tmp_path, files))
    assert str(finding.severity) == "info"


@pytest.mark.parametrize(
    "files",
    [
        {".sops.yaml": _rule("unencrypted_suffix: _x"), "a/x.yaml": encrypted(ALICE)},
        {".sops.yaml": _rule("encrypted_regex: ^data$")},
        {
            ".sops.yaml": _rule("encrypted_regex: ^data$"),
            "a/x.key": "binary",
            "a/y.yaml": "a: [",
            "a/z.yaml": "",
        },
        {".sops.yaml": _rule("encrypted_regex: ^data$", "''"), "readme.yaml": "a: 1\n"},
        {".sops.yaml": _rule("encrypted_comment_regex: x"), "a/x.yaml": encrypted(ALICE)},
    ],
    ids=["to come", "no file", "no keys", "not claimed by name", "comments"],
)
def test_what_is_not_judged(files: dict[str, str]) -> None:
    assert messages(ID, files) == []
