"""The repository: where it begins, which files it has, and what is in them."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

from sopskit.errors import ConfigurationError, FailedError, ToolMissingError
from sopskit.repo import git, snapshot
from sopskit.repo.failures import read_failed
from sopskit.repo.names import CLOSED_FOLDERS, STATE_FOLDER, is_temporary
from sopskit.repo.snapshot import FileSnapshot
from sopskit.text.shown import shown


class Repository(NamedTuple):
    """A work tree of git, or a plain folder.

    Attributes:
        root: its top folder, absolute and without symbolic links. Outside git: the nearest folder
            upward that has a `.sops.yaml`, else the folder it was opened with.
        state_dir: where the lock and the journal are: the git directory (of a linked worktree its own), or
            `.sopskit` in the root outside git. It need not exist.
        in_git: whether git knows it.
    """

    root: Path
    state_dir: Path
    in_git: bool

    @classmethod
    def open(cls, start: Path) -> Repository:
        """Find the repository that holds the folder `start`.

        Raises:
            ConfigurationError: no such folder, or git refuses the repository.
            ToolMissingError: it is a git repository, but git is not installed.
        """
        if not _is_folder(start):
            raise ConfigurationError("there is no such folder", path=shown(str(start)))
        start = start.resolve()
        marker = next((f for f in (start, *start.parents) if os.path.lexists(f / ".git")), None)
        try:
            root = git.toplevel(start)
        except ToolMissingError:
            if marker is not None:
                raise
            root = None
        if root is not None:
            return cls(root, git.git_dir(root), in_git=True)
        if marker is not None:  # a worktree that was moved, for one: which files git ignores is not known
            raise ConfigurationError(
                "is here, but git takes the folder for no repository",
                hint="git worktree repair mends a worktree that was moved",
                path=shown(str(marker / ".git")),
            )
        root = _folder_of_rules(start)
        return cls(root, root / STATE_FOLDER, in_git=False)

    def files(self) -> list[str]:
        """The files there are, sorted; in git those that are tracked or neither tracked nor ignored.

        Returns:
            Paths relative to the root, with `/`; bytes that are no text as surrogates (`os.fsdecode`).
            Symbolic links are listed unless they lead to a folder; submodules, pipes, devices and
            our own temporary files are not.

        Raises:
            FailedError: git or the system could not list them.
        """
        names = git.list_files(self.root) if self.in_git else _walk(self.root)
        root = str(self.root)
        return sorted(name for name in names if not is_temporary(name) and _is_file(f"{root}/{name}"))

    def has(self, path: str) -> bool:
        """Whether something stands there, were it a link that leads nowhere.

        Args:
            path: relative to the root, with `/`.
        """
        return os.path.lexists(self._prefix + path)

    def read(self, path: str) -> FileSnapshot:
        """Read one file, behind symbolic links inside the repository.

        Args:
            path: relative to the root, with `/`.

        Raises:
            FailedError: missing, unreadable, no regular file, or larger than 256 MiB.
            ConfigurationError: it lies outside of the repository, or a link leads there.
        """
        resolved = self._resolve(path)
        read_ns = snapshot.now_ns()
        content, identity = snapshot.read(self._prefix + resolved, path)
        return FileSnapshot(path, resolved, content, identity, read_ns)

    def resolve(self, path: str) -> Path:
        """The real place of a file, which need not exist: absolute, and without symbolic links.

        Raises:
            ConfigurationError: it lies outside of the repository, or a link leads there.
            FailedError: the links go round in a circle, or the name is no name.
        """
        return Path(self._prefix + self._resolve(path))

    def _resolve(self, path: str) -> str:
        """As `resolve`, relative to the root. Texts, not `Path`: this is done for every file."""
        if self._has_no_link(path):
            return path
        try:
            real = os.path.realpath(path if path.startswith("/") else self._prefix + path)
        except (OSError, ValueError, RecursionError):  # a NUL, or a chain of very many links
            raise FailedError("this is no file name", path=shown(path)) from None
        inside = real.removeprefix(self._prefix)
        if inside == real or not CLOSED_FOLDERS.isdisjoint(inside.split("/")):
            raise ConfigurationError(
                "leads out of the repository",
                hint="only files inside the repository are read and changed",
                path=shown(path),
            )
        return inside

    def _has_no_link(self, path: str) -> bool:
        """Whether a path surely is its own real path; `realpath` starts at `/`, and takes far longer."""
        place = self._prefix
        for part in path.split("/"):
            if part in ("", ".", "..") or part in CLOSED_FOLDERS:
                return False
            place += part
            try:
                if stat.S_ISLNK(os.lstat(place).st_mode):
                    return False
            except (OSError, ValueError):
                return False
            place += "/"
        return True

    def relative(self, absolute: Path) -> str:
        """The path of a file relative to the root, with `/`. A link as the last part stays a link.

        Raises:
            ConfigurationError: it lies outside of the repository.
        """
        text = str(absolute)
        inside = text.removeprefix(self._prefix)
        if inside != text and ".." not in inside.split("/"):
            return inside
        if not absolute.is_relative_to(self.root) or ".." in absolute.parts:
            folder = Path(os.path.realpath(absolute.parent))
            last = absolute.name
            absolute = Path(os.path.realpath(absolute)) if last in ("", "..") else folder / last
        if not absolute.is_relative_to(self.root):
            raise ConfigurationError("lies outside of the repository", path=shown(str(absolute)))
        return absolute.relative_to(self.root).as_posix()

    @property
    def _prefix(self) -> str:
        return f"{self.root}/" if self.root.name else str(self.root)


def _folder_of_rules(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / ".sops.yaml").is_file():
            return folder
    return start


def _walk(root: Path) -> list[str]:
    """All there is below a plain folder but folders; links to folders are not followed.

    Without recursion: a tree may be deeper than Python's stack (`os.walk` recurses before 3.12).
    """
    found: list[str] = []
    open_folders = [""]
    while open_folders:
        prefix = open_folders.pop()
        try:
            with os.scandir(f"{root}/{prefix}") as entries:
                for entry in entries:
                    if not entry.is_dir(follow_symlinks=False):
                        found.append(prefix + entry.name)
                    elif entry.name not in CLOSED_FOLDERS:
                        open_folders.append(f"{prefix}{entry.name}/")
        except OSError as error:
            raise read_failed(error, prefix.removesuffix("/") or str(root)) from None
    return found


def _is_file(absolute: str) -> bool:
    """Whether a regular file stands there, or a link that leads to no folder (or nowhere)."""
    try:
        mode = os.lstat(absolute).st_mode
    except OSError:
        return False  # deleted in the work tree
    if stat.S_ISLNK(mode):
        return not _is_folder(Path(absolute))
    return stat.S_ISREG(mode)


def _is_folder(path: Path) -> bool:
    """As `Path.is_dir`, and False as well where it cannot be told."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False
