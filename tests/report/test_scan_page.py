"""The page of a scan in a real browser: it lists, filters, and takes hostile names and texts as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from tests.scanner.built_in import CACHE
from tests.scanner.gits import RULE, Git, token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.report.browser import Browser

pytestmark = pytest.mark.xdist_group("chromium")

HOSTILE = [
    "</script><script>document.title='owned'<!--",
    "<img src=x onerror=alert(1)>",
    "a\x1b[2J\u202e.txt",
]

OWN = """[[scan.rule]]
id = "acme"
description = "<b>Acme</b></script> token"
pattern = "acme_[0-9]{9}"
severity = "warning"
"""


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    git = Git(tmp_path / "repository")
    monkeypatch.chdir(git.root)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    return git


def page(git: Git, capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> Path:
    """The page that the command prints, as a file."""
    assert main(["scan", "--format", "html", *arguments]) == code
    path = git.root.parent / "scan.html"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def test_findings_are_listed_filtered_and_masked(
    git: Git, browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    git.write(
        {
            "a.txt": token(1),
            "b.txt": f"acme_{837261954}",
            "c.txt": f"{token(2)} # sopskit: ignore[{RULE}]",
            ".sopskit.toml": OWN,
        }
    )
    path = page(git, capsys, 1)
    text = path.read_text(encoding="utf-8")
    assert not any(token(number)[5:] in text for number in (1, 2))
    browser.open(path)
    assert browser.texts("section h2") == ["Findings", "Accepted"]
    assert browser.texts("#findings td:first-child") == ["error", "warning"]
    what = browser.texts("#findings td:nth-child(4)")
    assert what[0].startswith("GitHub")
    assert "Why: it has the form of one, its checksum is right" in what[0]
    assert "What to do: every clone has it: revoke it (GitHub)" in what[0]
    assert browser.texts("#accepted td:nth-child(2)") == ["c.txt:1:1"]
    browser.choose("Rule", "acme", "#findings")
    assert browser.texts("#findings td:nth-child(3)") == ["b.txt:1:1"]
    assert browser.run("return performance.getEntriesByType('resource').length") == 0


def test_names_and_texts_stay_text(git: Git, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    for name in HOSTILE:
        git.write({name.replace("/", "-"): f"acme_{837261954}"})
    git.write({".sopskit.toml": OWN})
    browser.open(page(git, capsys, 1))
    assert browser.driver.title == "sopskit scan"
    assert browser.run("return document.querySelectorAll('img, b, [onerror]').length") == 0
    assert browser.run("return document.scripts.length") == 2
    assert len(browser.texts("#findings tbody tr")) == 3
    assert "<b>Acme</b></script> token" in browser.texts("#findings td:nth-child(4)")[0]


def test_the_history_says_the_commit(git: Git, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    commit = git.commit({"a.txt": token(1)})
    git("rm", "-q", "a.txt")
    git.commit({})
    browser.open(page(git, capsys, 1, "--history"))
    assert browser.texts("#findings td:last-child") == [f"gone since{commit[:9]}"]


def test_the_order_is_the_same_again(git: Git, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({f"{n}.txt": token(n) for n in range(5)})
    assert page(git, capsys, 1).read_bytes() == page(git, capsys, 1).read_bytes()


def test_nothing_found(git: Git, browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    git.write({"a.txt": "nothing"})
    browser.open(page(git, capsys, 0))
    assert browser.text("#findings .well") == "Nothing was found."
