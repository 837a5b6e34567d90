"""What is audited: a repository at one moment, with what can be known of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.sops import formats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.engines.interface import Engine
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Plan
    from sopskit.keys.pgp import Keyring
    from sopskit.sops.formats import SopsFile

_KEPT_CONTENTS = 64


class Subject:
    """A repository at one moment: the work tree, the index, or a commit.

    Attributes:
        inventory: its rules and files.
        only: the files to look at; None for all.
        engine: opens files; None where private keys are not to be used.
        keyring: of this machine's GPG; None where it is not to be asked.
    """

    def __init__(
        self,
        inventory: Inventory,
        *,
        only: frozenset[str] | None = None,
        engine: Engine | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        self.inventory = inventory
        self.only = only
        self.engine = engine
        self.keyring = keyring
        self._contents: dict[str, bytes] = {}

    @cached_property
    def plan(self) -> Plan:
        """Every secret file, its rule, and how they differ."""
        return self.inventory.plan()

    def plans(self) -> Iterator[FilePlan]:
        """The secret files to look at."""
        for each in self.plan.files:
            if self.only is None or each.path in self.only:
                yield each

    def paths(self) -> Iterator[str]:
        """All files to look at, secret or not, `.sops.yaml` left out."""
        for path in self.inventory.paths:
            if self.only is None or path in self.only:
                yield path

    def content(self, path: str) -> bytes | None:
        """The bytes of a file; None where it cannot be read."""
        if path not in self._contents:
            try:
                content = self.inventory.tree.read(path).content
            except SopskitError:
                return None
            while len(self._contents) >= _KEPT_CONTENTS:  # audits go over the files in the same order
                self._contents.pop(next(iter(self._contents)))
            self._contents[path] = content
        return self._contents[path]

    def encrypted(self, path: str) -> SopsFile | None:
        """The SOPS file at a path; None where it is none, or broken."""
        content = self.content(path)
        if content is None:
            return None
        try:
            return formats.read(content, formats.format_of(path))
        except SopskitError:
            return None
