"""What is to be done about a finding, by what `.sops.yaml` says of its file; the same in every format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sopskit.cli.main import main
from tests.docs.schemas import validate
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    import pytest

RULES = """creation_rules:
  - path_regex: ^secrets/
    age: age1lc5q5f2hnec4420uqffnvlqmcdvze77llwv76htr7m6vkurqre5slsvuz8
"""
REVOKE = "every clone has it: revoke it (GitHub) and make another; "


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["scan", "--format", "json", *arguments]) == 1
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    validate("scan", document)
    return document


def hints(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, str]:
    found = document(capsys, *arguments)["findings"]
    return {each["path"]: each["hint"].removeprefix(REVOKE) for each in found}


def test_a_file_that_a_rule_claims_or_could_claim(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    paths = ["secrets/a b.txt", "x.yaml", "x.py"]
    git.write({".sops.yaml": RULES, **{path: token(n) for n, path in enumerate(paths)}})
    assert hints(capsys) == {
        "secrets/a b.txt": "a rule of .sops.yaml claims this file: sopskit encrypt 'secrets/a b.txt'",
        "x.yaml": "sops can keep it encrypted in this file: add a rule to .sops.yaml, "
        "then sopskit encrypt x.yaml",
        "x.py": "sopskit encrypt keeps the new one safe",
    }
    git("add", "-A")
    assert hints(capsys, "--staged")["secrets/a b.txt"].endswith("sopskit encrypt 'secrets/a b.txt'")


def test_without_rules(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"x.yaml": token(1)})
    expected = "sops can keep it encrypted in this file: sopskit init, then sopskit encrypt x.yaml"
    assert hints(capsys) == {"x.yaml": expected}


def test_rules_that_cannot_be_used_are_no_matter(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"x.yaml": token(1), ".sops.yaml": "creation_rules: [{path_regex: '('}]"})
    assert hints(capsys) == {"x.yaml": "sopskit encrypt keeps the new one safe"}


def test_what_is_gone_is_not_to_be_encrypted(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.commit({"secrets/x.yaml": token(1), ".sops.yaml": RULES})
    git("rm", "-q", "secrets/x.yaml")
    git.commit({})
    assert hints(capsys, "--history") == {"secrets/x.yaml": "sopskit encrypt keeps the new one safe"}


def test_a_link_in_place_of_the_file_is_not_followed(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.commit({"secrets/x.yaml": token(1), ".sops.yaml": RULES})
    (git.root / "secrets" / "x.yaml").unlink()
    (git.root / "secrets" / "x.yaml").symlink_to("/etc/passwd")
    assert hints(capsys, "--history") == {"secrets/x.yaml": "sopskit encrypt keeps the new one safe"}


WHY = "it has the form of one, its checksum is right"


def test_every_format_says_why_how_sure_and_what_to_do(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"secrets/x.yaml": token(1), ".sops.yaml": RULES})
    (finding,) = document(capsys)["findings"]
    assert (finding["why"], finding["confidence"]) == (WHY, "high")
    for name in ("text", "github", "gitlab", "sarif"):
        main(["scan", "--format", name])
        text = capsys.readouterr().out
        assert "sopskit encrypt secrets/x.yaml" in text, name
        assert WHY in text, name
        assert "high" in text, name


def test_sarif_helps_with_every_rule_also_an_own_one(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    own = "[[scan.rule]]\nid = 'acme'\ndescription = '<b>A [x](y)'\npattern = 'acme_[0-9]{9}'\n"
    git.write({"a": f"{token(1)} acme_{837261954}", ".sopskit.toml": own})
    assert main(["scan", "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    rules = {each["id"]: each["help"] for each in run["tool"]["driver"]["rules"]}
    assert set(rules) == {RULE, "acme"}
    assert all("What to do:" in each["markdown"] and each["text"] for each in rules.values())
    assert "Severity error, confidence medium. It has the form of one." in rules["acme"]["text"]
    assert rules["acme"]["markdown"].startswith(r"**\<b\>A \[x\](y).**")
