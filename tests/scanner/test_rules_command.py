"""`sopskit rules`: listing, showing and testing rules, ours and one's own."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sopskit.cli.main import main
from sopskit.scanner.loading import built_in_rules
from tests.docs.schemas import validate
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    from pathlib import Path

ACME = "acme_" + "0f1e2d3c4b5a69788796a5b4"
SETTINGS = """\
[scan]

[[scan.rule]]
id = "acme-token"
description = "Acme deploy token"
provider = "Acme"
severity = "warning"
pattern = 'acme_[0-9a-f]{24}'
examples = ["x = 'acme_{}0f1e2d3c4b5a69788796a5b4'"]
counterexamples = ["x = 'acme_{}0f1e2d'"]
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    git = Git(tmp_path / "repository")
    git.write({".sopskit.toml": SETTINGS})
    monkeypatch.chdir(git.root)
    return git.root


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["rules", *arguments])
        return code, *capsys.readouterr()

    return run


def test_list(root: Path, run: Any) -> None:
    code, out, err = run("list")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, len(built_in_rules()) + 3 + 1)
    assert any(line.startswith(f"{RULE} ") for line in lines)
    (own,) = (line for line in lines if line.endswith("(own)"))
    assert own.split() == ["acme-token", "warning", "Acme", "Acme", "deploy", "token", "(own)"]
    assert f"{len(lines)} rules, 1 of your own" in err


def test_list_of_a_provider_and_a_severity(root: Path, run: Any) -> None:
    code, out, _ = run("list", "--provider", "github", "--severity", "error", "--format", "json")
    document = json.loads(out)
    validate("rules", document)
    assert code == 0
    assert RULE in {each["id"] for each in document["rules"]}
    assert {(each["provider"], each["severity"]) for each in document["rules"]} == {("GitHub", "error")}


def test_every_rule_is_as_the_schema_says(root: Path, run: Any) -> None:
    document = json.loads(run("list", "--format", "json")[1])
    validate("rules", document)
    assert [each["own"] for each in document["rules"] if each["own"]] == [".sopskit.toml:3"]


def test_show_masks_the_example(root: Path, run: Any) -> None:
    code, out, _ = run("show", RULE)
    assert code == 0
    assert "provider: GitHub" in out
    assert "checksum: github" in out
    assert "example: GITHUB_TOKEN=ghp_..." in out
    example = next(each for each in built_in_rules() if each.id == RULE).examples[0]
    assert example not in out
    assert "example: x = 'acme...'" in run("show", "acme-token")[1]


def test_a_rule_that_is_not_there(root: Path, run: Any) -> None:
    code, _, err = run("show", "github-personal-acess-token")
    assert code == 2
    assert "hint: did you mean github-personal-access-token" in err


def test_test_runs_the_own_lines(root: Path, run: Any) -> None:
    assert run("test")[0] == 0
    (root / ".sopskit.toml").write_text(
        SETTINGS.replace("{24}'", "{25}'").replace("{}0f1e2d'", "{}0f1e2d3c4b5a69788796a5b4f'")
    )
    code, out, err = run("test")
    assert code == 1
    assert out.splitlines() == [
        ".sopskit.toml:3: acme-token does not find its example 1",
        ".sopskit.toml:3: acme-token finds its counterexample 1",
    ]
    assert "1 rule tested, 2 failures" in err
    assert run("test", RULE)[0] == 0


def test_an_own_rule_without_an_example_fails(root: Path, run: Any) -> None:
    (root / ".sopskit.toml").write_text(SETTINGS.replace("examples = [\"x = 'acme_{}0f1e", "# "))
    (root / ".sopskit.toml").write_text(SETTINGS[: SETTINGS.index("examples")])
    code, out, _ = run("test", "acme-token")
    assert (code, "has no example" in out) == (1, True)


def test_all_of_ours_pass(root: Path, run: Any) -> None:
    code, out, err = run("test", "--all")
    assert (code, out) == (0, "")
    assert f"{len(built_in_rules()) + 4} rules tested" in err


def test_a_rule_that_cannot_be_read_names_its_line(root: Path, run: Any) -> None:
    (root / ".sopskit.toml").write_text(SETTINGS.replace("[0-9a-f]{24}", ".*"))
    code, _, err = run("test")
    assert code == 3
    assert "error: .sopskit.toml:8: rule acme-token: the pattern has a repetition without a limit" in err


def test_trying_a_rule(root: Path, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a.txt").write_text(f"x\n  {ACME}\n")
    code, out, _ = run("test", "acme-token", "a.txt")
    assert (code, out) == (1, "a.txt:2:3: acme... [acme-token]\n")
    text = io.TextIOWrapper(io.BytesIO(f"{token(1)}\n".encode()))
    monkeypatch.setattr(sys, "stdin", text)
    assert run("test", RULE, "--stdin")[:2] == (1, f"-:1:1: ghp_... [{RULE}]\n")
    (root / "a.txt").write_text("nothing")
    assert run("test", RULE, "a.txt")[:2] == (0, "")
    assert run("test", "generic-secret", "a.txt")[0] == 2
    assert run("test", RULE, "missing")[0] == 6


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "x"),
        ("show",),
        ("show", RULE, "--all"),
        ("test", "--stdin"),
        ("test", "--severity", "info"),
        ("test", RULE, "a", "--stdin"),
        ("test", "--format", "json"),
        ("frobnicate",),
    ],
)
def test_what_contradicts_itself_is_refused(root: Path, run: Any, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2
