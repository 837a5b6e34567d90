"""The reference says what is: --help, exit codes, links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import COMMANDS
from sopskit.errors import ExitCode
from sopskit.inventory.plan import State
from sopskit.keys.recipients import KeyKind
from sopskit.sops_yaml.schema import CREATION_RULE
from sopskit.workflows.doctor import Verdict
from tests.docs import help_text, pages

if TYPE_CHECKING:
    from pathlib import Path


def _reference(page: str) -> str:
    return (pages.ROOT / "docs" / "reference" / page).read_text()


@pytest.mark.parametrize("command", help_text.commands())
def test_the_help_of_each_command_is_shown(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # Where lines break differs between versions of Python; `python -m tests.docs.update` writes them.
    assert help_text.shown()[command].split() == help_text.real(command).split()


def test_every_exit_code_is_explained() -> None:
    explained = {
        int(code) for code in re.findall(r"^\| `(\d+)` \|", _reference("exit-codes.md"), re.MULTILINE)
    }
    assert explained == set(ExitCode)


def test_every_word_of_the_json_is_explained() -> None:
    text = _reference("json.md")
    for word in (*State, *KeyKind, *Verdict):
        assert f"`{word}`" in text


def test_every_field_of_a_rule_is_explained() -> None:
    text = _reference("sops-yaml.md")
    for field in CREATION_RULE.fields:
        assert f"`{field}`" in text


@pytest.mark.parametrize("page", pages.pages(), ids=pages.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]*)(#[^)]*)?\)", page.read_text())
    for target, anchor in targets:
        place = page.parent / target if target else page
        assert place.exists(), f"{pages.name(page)}: {target}"
        if anchor:
            assert anchor[1:] in _anchors(place), f"{pages.name(page)}: {target}{anchor}"


def test_every_page_is_in_the_index() -> None:
    index = (pages.ROOT / "docs" / "index.md").read_text()
    docs = pages.ROOT / "docs"
    missing = [page.relative_to(docs).as_posix() for page in docs.rglob("*.md") if page.name != "index.md"]
    assert [page for page in missing if f"({page})" not in index] == []


def test_commands_that_pages_name_exist() -> None:
    for page in pages.pages():
        for command in re.findall(r"(?:^\$ |`)sopskit ([a-z][a-z-]+)", page.read_text(), re.MULTILINE):
            assert command in COMMANDS, f"{pages.name(page)}: sopskit {command}"


def _anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
