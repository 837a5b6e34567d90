"""A range is judged by what its older side accepts, and says what the change itself would leave out."""

from __future__ import annotations

import pytest

from sopskit.cli.main import main
from tests.scanner.gits import RULE, Git, token

OWN = "[[scan.rule]]\nid = 'acme'\ndescription = 'A'\npattern = 'acme_[0-9]{9}'\n"

CHANGES = [
    ("[scan]\nexclude = ['a']", "this change's .sopskit.toml does not read a"),
    (f"[scan]\nskip = ['{RULE}']", f"this change's .sopskit.toml skips {RULE}"),
    (f"[scan]\nignore = [{{id = '{RULE}'}}]", f"this change's .sopskit.toml ignores {RULE} in every file"),
    ("[scan]\nstopwords = ['abcd']", "this change's .sopskit.toml has the stopword 'abcd'"),
    (f"[scan]\nseverity = {{{RULE} = 'info'}}", f"this change's .sopskit.toml makes {RULE} info"),
    ("", "this change removes the own rule acme"),
    (OWN.replace("{9}", "{8}"), "this change changes the own rule acme"),
]


@pytest.mark.parametrize(("settings", "note"), CHANGES)
def test_settings_of_the_change_do_not_count_and_are_said(
    git: Git, capsys: pytest.CaptureFixture[str], settings: str, note: str
) -> None:
    git.commit({".sopskit.toml": OWN})
    git.commit({"a": token(1), ".sopskit.toml": settings})
    assert main(["scan", "--range", "HEAD~..HEAD"]) == 1
    assert f"note: {note}\n" in capsys.readouterr().err


def test_an_entry_of_the_baseline_is_said(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.commit({"x": "x"})
    git.write({"a": token(1)})
    assert main(["scan", "--write-baseline"]) == 0
    git.commit({})
    assert main(["scan", "--range", "HEAD~..HEAD"]) == 1
    assert f"note: this change adds {RULE} in a to .sopskit-baseline.json\n" in capsys.readouterr().err


def test_a_comment_is_said(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.commit({"x": "x"})
    git.commit({"a": f"x\n{token(1)}  # sopskit: ignore[{RULE}]\n"})
    assert main(["scan", "--range", "HEAD~..HEAD"]) == 0
    assert f"note: this change ignores {RULE} in a:2 by a comment\n" in capsys.readouterr().err


def test_what_does_not_change_is_not_said(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.commit({".sopskit.toml": OWN})
    git.commit({"a": "x"})
    assert main(["scan", "--range", "HEAD~..HEAD"]) == 0
    assert "note:" not in capsys.readouterr().err
