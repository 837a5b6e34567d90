"""Real repositories for the scanner's tests, and tokens that it finds; none stands in a file of ours."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

from sopskit.scanner.checksums.base62 import checksum

if TYPE_CHECKING:
    from pathlib import Path

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789"

#: The rule that finds `token`.
RULE = "github-personal-access-token"


def token(number: int) -> str:
    """A GitHub token with a valid checksum, another for each number."""
    body = "".join(random.Random(number).choices(_LETTERS, k=30))
    return f"ghp_{body}{checksum(body)}"


class Git:
    """A repository.

    Args:
        root: its folder, which is made.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True)
        self("init", "-q", "-b", "main")

    def __call__(self, *arguments: str, stdin: bytes | None = None) -> str:
        """Run git there."""
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, input=stdin).stdout.decode().strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        """Write files of the work tree."""
        for name, content in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(self, files: dict[str, str | bytes], message: str = "x") -> str:
        """Commit files, all that is there, and return the commit's id."""
        self.write(files)
        self("add", "-A")
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")
