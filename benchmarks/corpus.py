"""Brings the public sources that measurements are made on, each once, into the folder of the test tools."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: What is fetched must not ask for a password where a repository has gone.
_SECONDS = 900


class UnavailableError(Exception):
    """A source that could not be fetched, and why."""


def fetch(kind: str, what: str, folder: Path) -> None:
    """Bring a source into a folder.

    Args:
        kind: `pypi`, `npm`, `go` or `git`.
        what: name and version, or owner, repository and commit.
        folder: where to; it comes into being only when all is there.

    Raises:
        UnavailableError: if it is no longer there, or out of reach.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as name:
        place = Path(name)
        try:
            _FETCH[kind](what, place)
        except subprocess.SubprocessError as error:
            raise UnavailableError(_reason(error)) from error
        (place / "content").rename(folder)


def _reason(error: subprocess.SubprocessError) -> str:
    output = getattr(error, "stderr", None) or b""
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else str(error)


def _run(*argv: str, place: Path) -> bytes:
    """What a program prints."""
    done = subprocess.run(
        argv, check=True, capture_output=True, cwd=place, timeout=_SECONDS, stdin=subprocess.DEVNULL
    )
    return done.stdout


def _pypi(what: str, place: Path) -> None:
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--ignore-requires-python"]
    _run(sys.executable, "-m", "pip", "download", *options, "--dest", str(place), what, place=place)
    with zipfile.ZipFile(next(place.glob("*.whl"))) as archive:
        archive.extractall(place / "content")


def _npm(what: str, place: Path) -> None:
    _run("npm", "pack", "--silent", what, place=place)
    (place / "content").mkdir()
    _run("tar", "-xzf", str(next(place.glob("*.tgz"))), "-C", str(place / "content"), place=place)


def _go(what: str, place: Path) -> None:
    described = json.loads(_run("go", "mod", "download", "-json", what, place=place))
    with zipfile.ZipFile(described["Zip"]) as archive:
        archive.extractall(place / "content")


def _git(what: str, place: Path) -> None:
    repository, _, commit = what.partition("@")
    _run("git", "init", "--quiet", "content", place=place)
    url = f"https://github.com/{repository}.git"
    git = ("git", "-C", "content", "-c", "core.askPass=true", "-c", "core.symlinks=false")
    _run(*git, "fetch", "--quiet", "--depth", "1", url, commit, place=place)
    _run(*git, "checkout", "--quiet", "FETCH_HEAD", place=place)


_FETCH: dict[str, Callable[[str, Path], None]] = {"pypi": _pypi, "npm": _npm, "go": _go, "git": _git}
