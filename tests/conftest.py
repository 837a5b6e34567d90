"""Every test runs in a throw-away home: no key, keyring or configuration of the person who runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# HOME of the person stays visible only through tests/programs.py, which is imported before it changes.
from tests import programs

settings.register_profile(
    "sopskit",
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("sopskit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark hypothesis tests; `make fuzz` (SOPSKIT_FUZZ examples each) overrides what they ask for."""
    examples = os.environ.get("SOPSKIT_FUZZ")
    for item in items:
        test: Any = getattr(item, "obj", None)
        if test is not None and getattr(test, "is_hypothesis_test", False):
            item.add_marker("property")
            if examples:
                test = getattr(test, "__func__", test)
                own = getattr(test, "_hypothesis_internal_use_settings", None) or settings.default
                test._hypothesis_internal_use_settings = settings(own, max_examples=int(examples))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty HOME; every variable that sops, age, gpg, ssh or git read is cleared."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith(("SOPS_", "AGE_", "GIT_", "SSH_", "GNUPG", "XDG_", "GPG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Test")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "test@example.org")
    return folder


@pytest.fixture
def gnupg_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty GNUPGHOME with a short path (a socket's path is at most 108 bytes); its agent is ended."""
    gpgconf = programs.program("gpgconf")
    folder = Path(tempfile.mkdtemp(prefix="gpg", dir="/tmp"))
    folder.chmod(0o700)
    monkeypatch.setenv("GNUPGHOME", str(folder))
    yield folder
    subprocess.run([gpgconf, "--kill", "all"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)
