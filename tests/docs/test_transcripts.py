"""Every transcript in the documentation is what the commands really print."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.homelab.build import build
from tests.docs import pages
from tests.programs import program

_HERE = Path(__file__).parent
_PAGES = [page for page in pages.pages() if pages.start(page) is not None]


@pytest.mark.parametrize("page", _PAGES, ids=pages.name)
def test_transcripts_are_what_is_printed(
    page: Path, tmp_path: Path, gnupg_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = pages.steps(page)
    _make_programs(tmp_path / "bin", steps)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(pages.ROOT))
    monkeypatch.setenv("SOPS_DISABLE_VERSION_CHECK", "1")
    monkeypatch.setenv("COLUMNS", "80")
    repository = tmp_path / "repository"
    _START[pages.start(page) or ""](repository, monkeypatch)

    for step, printed in zip(steps, _run(steps, repository, tmp_path), strict=True):
        if not pages.matches(step.expected, printed):
            place = f"{pages.name(page)}:{step.line}: $ {step.command}"
            pytest.fail(f"{place}\n{printed}--- the page says\n{step.expected}", pytrace=False)


def test_a_transcript_that_differs_does_not_match() -> None:
    assert pages.matches("a\n…\nb … c", "a\nx\ny\nb 12 c\n")
    assert pages.matches("a\n…\nb", "a\nb\n")
    assert not pages.matches("a", "a\nb\n")
    assert not pages.matches("", "a\n")
    assert not pages.matches("b … c", "b 1\n2 c\n")


def _sample(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(pages.ROOT / "demo" / "sample", repository)
    shutil.copy(_HERE / "willow.pub", repository.parent)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(pages.ROOT / "demo" / "admin.agekey"))
    _git(repository, "init", "--quiet")
    _git(repository, "add", "--all")
    _git(repository, "commit", "--quiet", "--message", "sample")


def _age_sample(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample without its PGP recipient, whose public key nobody has: its files can be rotated."""
    _sample(repository, monkeypatch)
    fingerprint = (repository / ".sops.yaml").read_text().split("&admin_pgp")[1].split()[0]
    command = ["remove-key", "admin", fingerprint, "--no-rotate", "--yes"]
    subprocess.run(
        [sys.executable, "-m", "sopskit", *command], cwd=repository, check=True, capture_output=True
    )
    _git(repository, "commit", "--quiet", "--all", "--message", "without PGP")


def _empty(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.mkdir()
    _git(repository, "init", "--quiet")


def _homelab(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home server's repository, as Anna has it; the public half of her PGP key is in the keyring."""
    folder = repository.parent / "built"
    folder.mkdir()
    built = build(folder)
    built.root.rename(repository)
    shutil.copy(_HERE / "willow.pub", repository.parent)
    subprocess.run([program("gpg"), "--quiet", "--batch", "--import", built.keys / "anna.asc"], check=True)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(built.keys / "anna.agekey"))


_START = {"sample": _sample, "age_sample": _age_sample, "homelab": _homelab, "empty": _empty}


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True)


def _make_programs(folder: Path, steps: list[pages.Step]) -> None:
    """A PATH that has sopskit, and those of the real programs that the page runs."""
    folder.mkdir()
    wrapper = folder / "sopskit"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m sopskit "$@"\n')
    wrapper.chmod(0o755)
    words = {word for step in steps for word in step.command.replace("(", " ").split()}
    for real in words & {"sops", "age-keygen", "gpg", "git", "ssh-keygen"}:
        (folder / real).symlink_to(program(real))


def _run(steps: list[pages.Step], repository: Path, folder: Path) -> list[str]:
    """What each command prints; all run in one shell, so that `cd`, variables and `$?` do as they should."""
    outputs = [folder / f"output-{number}" for number in range(len(steps))]
    script = "".join(
        f"{{ {step.command}\n}} > {shlex.quote(str(output))} 2>&1\n"
        for step, output in zip(steps, outputs, strict=True)
    )
    subprocess.run(["bash", "-c", script], cwd=repository, stdin=subprocess.DEVNULL, check=False, timeout=120)
    return [output.read_text() for output in outputs]
