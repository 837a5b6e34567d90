"""Ids in the settings that no rule has are said, in a scan of files and of what is staged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE
from tests.scanner.gits import RULE, Git

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = f"""[scan]
skip = ["github-personal-acces-token"]
ignore = [{{ id = "zzzz" }}, {{ id = "unread" }}, {{ id = "kubernetes-secret" }}]
severity = {{ acme = "info", {RULE} = "info", known-secret = "info", jsn-web-token = "info" }}
stopwords = [{{ id = "generic-secrets", word = "sandbox" }}]

[[scan.rule]]
id = "acme"
description = "A"
pattern = "acme_[0-9]{{9}}"
"""


@pytest.mark.parametrize("arguments", [[], ["--staged"], ["--history"]])
def test_they_are_said_with_what_may_be_meant(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    git = Git(tmp_path / "repository")
    monkeypatch.chdir(git.root)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    git.commit({".sopskit.toml": SETTINGS})
    git.write({"a": "x"})
    git("add", "-A")
    assert main(["scan", *arguments]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "no such rule" in line]
    meant = {
        "generic-secrets": "; did you mean generic-secret?",
        "github-personal-acces-token": f"; did you mean {RULE}?",
        "jsn-web-token": "; did you mean json-web-token?",
        "zzzz": "",
    }
    words = "note: .sopskit.toml names {}, and there is no such rule{}"
    assert notes == [words.format(*each) for each in meant.items()]
