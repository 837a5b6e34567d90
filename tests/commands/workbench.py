"""Driving the command line in this process, and looking at what it did with real git and real sops."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sopskit.cli.main import main
from tests.programs import program

DEMO = Path(__file__).parents[2] / "demo"


@dataclass(frozen=True)
class Result:
    """What a command returned and printed; `data` is its output byte for byte."""

    code: int
    out: str
    err: str
    data: bytes = b""


@dataclass(frozen=True)
class KeyPair:
    """An age key: its recipient and its identity."""

    recipient: str
    identity: str


def sopskit(*arguments: str, stdin: bytes | None = None) -> Result:
    """Run the command line in this process, in the working directory, without a terminal."""
    printed, err = io.BytesIO(), io.StringIO()
    out = io.TextIOWrapper(printed, encoding="utf-8", write_through=True)
    before, standard_input = Path.cwd(), sys.stdin
    if stdin is not None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(arguments)
    finally:
        os.chdir(before)
        sys.stdin = standard_input
    data = printed.getvalue()
    return Result(code, data.decode("utf-8", "backslashreplace"), err.getvalue(), data)


def copy_sample(root: Path) -> None:
    """The sample repository of demo/ at `root`, under git."""
    shutil.copytree(DEMO / "sample", root)
    subprocess.run(["git", "init", "-q", str(root)], check=True)


def age_key(*, post_quantum: bool = False) -> KeyPair:
    """A new key pair from real age-keygen."""
    argv = [program("age-keygen"), *(["-pq"] if post_quantum else [])]
    lines = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    recipient = next(line for line in lines if line.startswith("# public key: "))
    return KeyPair(recipient.removeprefix("# public key: "), lines[-1])


def ssh_key(folder: Path, kind: str = "ed25519", comment: str = "root@host") -> Path:
    """A new SSH key pair from real ssh-keygen: the path of its private half."""
    path = folder / f"ssh_host_{kind}_key_{len(list(folder.iterdir()))}"
    argv = [program("ssh-keygen"), "-q", "-t", kind, "-N", "", "-C", comment, "-f", str(path)]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


@dataclass(frozen=True)
class Workbench:
    """A repository under test."""

    root: Path

    def commit_all(self) -> None:
        """Commit everything, so that `changed` compares with this state."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "state")

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        done = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout

    def changed(self) -> list[str]:
        """Files that differ from the last commit, new ones included."""
        status = self.git("status", "--porcelain", "--untracked-files=all", "-z")
        return sorted(entry[3:] for entry in status.split("\0") if entry)

    def removed_lines(self, path: str) -> list[str]:
        """Lines of the last commit that a file no longer has."""
        diff = self.git("diff", "--unified=0", "--", path).splitlines()
        return [line[1:] for line in diff if line.startswith("-") and not line.startswith("---")]

    def secret_files(self) -> list[str]:
        """Every file but the hidden ones."""
        listed = self.git("ls-files", "-z").split("\0")
        return [path for path in listed if path and not Path(path).name.startswith(".")]

    def write_encrypted(self, path: str, plaintext: str, *, sops: str = "sops") -> None:
        """Write a file and have real sops encrypt it by the rules of the repository."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(plaintext)
        done = self._sops(sops, "--encrypt", "--in-place", path)
        assert done.returncode == 0, done.stderr

    def decrypts(self, path: str, identity: str, *, sops: str = "sops") -> str | None:
        """What real sops decrypts a file to with one age identity and nothing else; None if it does not."""
        done = self._sops(sops, "--decrypt", path, SOPS_AGE_KEY=identity)
        return done.stdout if done.returncode == 0 else None

    def up_to_date(self, path: str) -> bool:
        """Whether real `sops updatekeys` finds nothing to do."""
        done = self._sops("sops", "updatekeys", "--yes", path)
        return done.returncode == 0 and "already up to date" in done.stderr

    def _sops(self, name: str, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("SOPS_")}
        environment = clean | {"SOPS_DISABLE_VERSION_CHECK": "1"} | environ
        argv = [program(name), *arguments]
        return subprocess.run(
            argv, cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
