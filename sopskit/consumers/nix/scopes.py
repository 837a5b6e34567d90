"""Which name means what at a place of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.consumers.nix.values import Thunk


class Scope:
    """Names that are bound here, else those of the parent.

    Attributes:
        parent: the scope around; None at a file's top.
        names: what is bound here.
        subject: of a `with`, whose names come after all that are bound; None for other scopes.
        path: the file.
    """

    __slots__ = ("names", "parent", "path", "subject")

    def __init__(
        self,
        parent: Scope | None,
        names: Mapping[str, Thunk],
        path: str,
        subject: Thunk | None = None,
    ) -> None:
        self.parent, self.names, self.path = parent, names, path
        self.subject = subject

    def inner(self, names: Mapping[str, Thunk], subject: Thunk | None = None) -> Scope:
        """A scope within this one."""
        return Scope(self, names, self.path, subject)
