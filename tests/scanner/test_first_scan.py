"""The first scan of a version compiles the rules, and says so to a person who waits."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from sopskit.cli.main import main
from sopskit.scanner import loading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE = """
[[rule]]
id = "thing"
description = "A thing"
provider = "Things"
severity = "warning"
confidence = "high"
pattern = 'tok_[0-9a-f]{16}'
examples = ["tok_a41f09c7e2b85d36"]
counterexamples = ["tok"]
"""


class Screen(io.StringIO):
    """A stream that is a terminal, or is none."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.fixture
def clean_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A file without a secret; one rule, of which nothing is in the cache."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "thing.toml").write_text(RULE)
    monkeypatch.setattr(loading, "RULES", folder)
    loading.built_in_rules.cache_clear()
    path = tmp_path / "clean.txt"
    path.write_text("nothing\n")
    yield str(path)
    loading.built_in_rules.cache_clear()


def said(monkeypatch: pytest.MonkeyPatch, *arguments: str, is_terminal: bool = True) -> bool:
    screen = Screen(is_terminal=is_terminal)
    monkeypatch.setattr(sys, "stderr", screen)
    assert main(["scan", *arguments]) == 0
    return "compiling the rules" in screen.getvalue()


def test_the_first_scan_says_so_and_the_second_does_not(
    clean_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(monkeypatch, clean_file)
    assert not said(monkeypatch, clean_file)


def test_nothing_is_said_where_nobody_waits(clean_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not said(monkeypatch, clean_file, is_terminal=False)


def test_nothing_is_said_when_quiet(clean_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not said(monkeypatch, "--quiet", clean_file)
