"""A repository to scan, as the working directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scanner.built_in import CACHE
from tests.scanner.gits import Git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    git = Git(tmp_path / "repository")
    monkeypatch.chdir(git.root)
    monkeypatch.setenv("XDG_CACHE_HOME", CACHE)
    return git
