"""Whether git tracks a file, or only does not ignore it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.repo import trees

if TYPE_CHECKING:
    from sopskit.audits.subject import Subject
    from sopskit.repo.discovery import Repository


def is_tracked(subject: Subject, path: str) -> bool:
    """Whether git has the file; outside git, no. The index and a commit hold tracked files alone."""
    if subject.inventory.tree is not subject.inventory.repository:
        return True
    return path in _index(subject.inventory.repository)


@lru_cache(maxsize=1)
def _index(repository: Repository) -> frozenset[str]:
    try:
        return frozenset(trees.index_tree(repository).entries)
    except SopskitError:
        return frozenset()


def gitignore_line(path: str) -> str:
    r"""The line of a `.gitignore` at the root that stands for exactly this path (gitignore(5))."""
    name = path.rstrip(" ")
    escaped = re.sub(r"([\\*?\[])", r"\\\1", name)
    return f"/{escaped}" + r"\ " * (len(path) - len(name))
