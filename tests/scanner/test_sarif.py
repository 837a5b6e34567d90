"""SARIF of a scan: every finding's rule is described, also where structure found it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MANIFEST = "apiVersion: v1\nkind: Secret\nstringData:\n  password: {}\n"


def test_each_finding_has_its_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    git = Git(tmp_path / "repository")
    git.write({"token.txt": token(1), "secret.yaml": MANIFEST.format("wF7-kq2" + "-Zr9-Lx4")})
    monkeypatch.chdir(git.root)
    assert main(["scan", "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert {each["id"] for each in rules} == {RULE, "kubernetes-secret"}
    assert all("https://" in each["help"]["text"] for each in rules)
    assert [rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"]] == [True, True]
