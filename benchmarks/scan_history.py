"""Scanning a history for leaks: sopskit against gitleaks 8 on one repository, in one run.

The repository is made of successive versions of packages of PyPI, one commit for every file that a
version has changed: real sources, more than ten thousand commits. It is made once, in the folder of the test
tools.

    python -m benchmarks.scan_history [--repository DIR]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import IO

from benchmarks.scan import Run, run
from tests.programs import TOOLS, program

_MADE = TOOLS / "scan-history-2"

#: Oldest first; pure Python, so that pip builds nothing.
_VERSIONS = {
    "django": ("2.2", "3.0", "3.2", "4.0", "4.2", "5.0", "5.2"),
    "sqlalchemy": ("2.0.0", "2.0.10", "2.0.20", "2.0.30", "2.0.41"),
    "sympy": ("1.6", "1.8", "1.10", "1.12", "1.14.0"),
    "ansible-core": ("2.13.0", "2.15.0", "2.17.0", "2.18.6"),
}
_FILES = 1  # of one commit


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repository", type=Path, help="scan this one instead")
    repository = parser.parse_args().repository or made()
    git = ("git", "-C", str(repository))
    commits = subprocess.run([*git, "rev-list", "--count", "--all"], check=True, capture_output=True).stdout
    print(f"{int(commits)} commits")
    print(f"{'':24} {'seconds':>8} {'CPU':>7} {'memory':>8}")
    argv = [
        sys.executable,
        "-m",
        "sopskit",
        "-C",
        str(repository),
        "-q",
        "scan",
        "--history",
        "--format",
        "json",
    ]
    run(argv, 1)  # compiles the rules, where that was not done yet
    first = []
    for _ in range(3):
        forget(repository)
        first.append(run(argv, 1))
    ours = report("sopskit, first time", min(first))
    report("sopskit, again", run(argv, 3))
    theirs = report("gitleaks", run([program("gitleaks"), "git", "--no-banner", str(repository)], 1))
    print(f"gitleaks takes {theirs / ours:.1f} times as long")


def report(name: str, best: Run) -> float:
    print(f"{name:24} {best.seconds:8.2f} {best.processor:7.2f} {best.memory:5.0f} MB")
    return best.seconds


def forget(repository: Path) -> None:
    """Remove what sopskit remembers of earlier scans."""
    for folder in (repository, repository / ".git"):
        (folder / "sopskit-scan").unlink(missing_ok=True)


def made() -> Path:
    """The repository, made where it is not there yet."""
    if _MADE.is_dir():
        return _MADE
    with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
        place = Path(folder, "repository")
        subprocess.run(["git", "init", "-q", "-b", "main", str(place)], check=True)
        command = ["git", "-C", str(place), "fast-import", "--quiet"]
        with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
            assert child.stdin is not None
            for package, versions in _VERSIONS.items():
                _import(child.stdin, package, versions, Path(folder))
        if child.returncode:
            raise SystemExit("git fast-import failed")
        # As a clone is: one pack.
        subprocess.run(["git", "-C", str(place), "repack", "-q", "-a", "-d"], check=True)
        place.rename(_MADE)
    return _MADE


def _import(stream: IO[bytes], package: str, versions: tuple[str, ...], folder: Path) -> None:
    """Write commits that lead from version to version."""
    before: dict[str, bytes] = {}
    for version in versions:
        files = _files(package, version, folder)
        changed = [name for name, content in files.items() if before.get(name) != content]
        for start in range(0, len(changed), _FILES):
            stream.write(
                b"commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\n" + _data(b"x")
            )
            for name in changed[start : start + _FILES]:
                stream.write(b"M 100644 inline " + os.fsencode(name) + b"\n" + _data(files[name]))
        before = files


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _files(package: str, version: str, folder: Path) -> dict[str, bytes]:
    """The files of a version, by name."""
    target = folder / f"{package}-{version}"
    options = ("--quiet", "--no-deps", "--no-binary", ":none:", "--only-binary", ":all:", "--platform", "any")
    pinned = f"{package}=={version}"
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(target), pinned]
    subprocess.run(command, check=True)
    (wheel,) = target.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return {
            each: opened.read(each)
            for each in opened.namelist()
            if not each.endswith("/") and " " not in each
        }


if __name__ == "__main__":
    main()
