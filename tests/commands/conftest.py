"""A repository to run commands in: the sample of demo/, under git, opened by the admin's key."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.commands.workbench import DEMO, Workbench, copy_sample, sopskit
from tests.programs import program


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """The sample repository, committed; the working directory is its root, the admin's identity is set."""
    root = tmp_path / "repository"
    copy_sample(root)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(DEMO / "admin.agekey"))
    workbench = Workbench(root)
    workbench.commit_all()
    return workbench


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """An empty git repository; no identity is set."""
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.chdir(root)
    return Workbench(root)


@pytest.fixture
def sops_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real sops 3.13.3 as `sops` on PATH."""
    monkeypatch.setenv("PATH", f"{Path(program('sops')).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def age_sample(sample: Workbench) -> Workbench:
    """The sample without its PGP recipient: to rotate a file, every public key has to be at hand."""
    text = (sample.root / ".sops.yaml").read_text()
    fingerprint = text.split("&admin_pgp")[1].split()[0]
    assert sopskit("remove-key", "admin", fingerprint, "--no-rotate", "--yes").code == 0
    sample.commit_all()
    return sample
