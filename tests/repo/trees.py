"""Small trees of files for the tests of this folder, and what is in them."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from sopskit.repo.discovery import Repository
from sopskit.repo.staging import stage
from sopskit.repo.targets import Target
from sopskit.repo.transaction import Transaction
from tests.programs import program

if TYPE_CHECKING:
    from pathlib import Path

#: Names that have broken programs before: nested, a space, a newline, no UTF-8, a long one.
HARD_NAMES = (
    "a.yaml",
    "nested/deep/b c.json",
    "new\nline.env",
    os.fsdecode(b"latin-\xe9\xff.ini"),
    "nested/" + "n" * 250 + ".yml",
)


class Content(NamedTuple):
    """A file's bytes and permissions."""

    data: bytes
    mode: int


Tree = dict[str, Content | None]


def write(root: Path, path: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file and make the folders above it."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)


def tree(root: Path) -> Tree:
    """Every file below the folder, and every folder (None), but git's and ours."""
    found: Tree = {}
    for file in sorted(root.rglob("*")):
        path = file.relative_to(root).as_posix()
        if path.split("/")[0] in (".git", ".sopskit"):
            continue
        status = file.lstat()
        is_file = stat.S_ISREG(status.st_mode)
        found[path] = Content(file.read_bytes(), stat.S_IMODE(status.st_mode)) if is_file else None
    return found


def plain(root: Path) -> Repository:
    """The folder as a repository outside git."""
    root.mkdir(parents=True, exist_ok=True)
    return Repository(root.resolve(), root.resolve() / ".sopskit", in_git=False)


def git_init(root: Path) -> Repository:
    """The folder as a new repository of git."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    return Repository.open(root)


def git(root: Path, *arguments: str) -> str:
    """Run real git there; its output."""
    done = subprocess.run([program("git"), *arguments], cwd=root, check=True, capture_output=True)
    return os.fsdecode(done.stdout)


def change(
    repository: Repository, contents: dict[str, bytes], *, new: dict[str, bytes] | None = None
) -> None:
    """Give files new contents, and make new files, in one transaction."""
    new = new or {}
    targets = [Target.replacing(repository.read(path)) for path in contents]
    targets += [Target.new(path, 0o600) for path in new]
    with Transaction(repository) as transaction:
        for draft in transaction.plan(targets):
            stage(draft, (contents | new)[draft.target])
        transaction.commit()


def leftovers(repository: Repository) -> list[str]:
    """What must not be there after a command: temporary files, a journal."""
    state = {file.name for file in repository.state_dir.glob("sopskit*")} - {"sopskit.lock"}
    return sorted(state) + [path for path in tree(repository.root) if ".sopskit-" in path]
