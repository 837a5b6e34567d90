"""Which repository a scan of commits is about: one with a work tree, or a bare one, as on a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError
from sopskit.repo import git
from sopskit.repo.discovery import Repository

if TYPE_CHECKING:
    from pathlib import Path


def repository_with_history(start: Path) -> Repository:
    """The repository of a folder; of a bare one the root is its git directory.

    Raises:
        ConfigurationError: git refuses the repository.
        ToolMissingError: git is not installed.
    """
    try:
        return Repository.open(start)
    except ConfigurationError:
        state_dir = git.git_dir(start)
        bare = git.read(state_dir, "rev-parse", "--is-bare-repository", what="say whether it has a work tree")
        if bare.strip() != b"true":
            raise
    return Repository(state_dir, state_dir, in_git=True)


def revision_of_settings(repository: Repository) -> str | None:
    """The commit whose settings hold: that of HEAD, where there is no work tree; None where there is one."""
    from sopskit.workflows.scan_origins import head_of

    if repository.root != repository.state_dir:
        return None
    return next(iter(head_of(repository)), None)
