"""The `.sops.yaml` that governs one file, wherever the file lies: what `encrypt` and `rotate` go by.

The nearest above the file counts (sops looks upward from the working directory, getsops/sops#242), up to
the top of its git repository; `--config` overrides.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, FailedError
from sopskit.inventory.configs import CONFIG_NAME
from sopskit.inventory.hosts import names_in
from sopskit.repo import snapshot
from sopskit.sops_yaml import reading
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule, SopsYaml


class Governing(NamedTuple):
    """A file and the `.sops.yaml` that governs it.

    Attributes:
        path: of the file, as the patterns see it: below the folder of the config the rest of its path,
            elsewhere all of it.
        document: the config.
    """

    path: str
    document: SopsYaml

    @property
    def rule(self) -> Rule | None:
        """The rule that claims the file.

        Raises:
            ConfigurationError: the rule reached is one that sops refuses.
        """
        return self.document.rule_for(self.path)


class _Folder(NamedTuple):
    """What the paths of a folder's files begin with for the rules that govern them, and these."""

    prefix: str
    document: SopsYaml | None


class Configs:
    """The `.sops.yaml` files that one command meets; each is read once.

    Args:
        override: `--config`, or None.
    """

    def __init__(self, override: Path | None) -> None:
        self._override = override
        self._read: dict[Path, SopsYaml] = {}
        self._folders: dict[str, _Folder] = {}

    def governing(self, path: str) -> Governing | None:
        """What governs a file; None where there is no config.

        Args:
            path: absolute; the file need not exist.

        Raises:
            ConfigurationError: the config cannot be used.
        """
        above, name = os.path.split(path)
        if above not in self._folders:
            self._folders[above] = self._folder(above)
        folder = self._folders[above]
        return None if folder.document is None else Governing(folder.prefix + name, folder.document)

    def _folder(self, path: str) -> _Folder:
        """What holds for all files in a folder."""
        real = Path(os.path.realpath(path))
        config = self._override or _nearest(real)
        if config is None:
            return _Folder("", None)
        config = Path(os.path.realpath(config.parent), config.name)
        if config not in self._read:
            self._read[config] = _load(config)
        prefix = str(config.parent).rstrip("/") + "/"
        inside = str(real).rstrip("/") + "/"
        return _Folder(inside.removeprefix(prefix), self._read[config])

    def names(self) -> Mapping[Recipient, str]:
        """The hosts of all configs that were met: their names by recipient."""
        return names_in(self._read.values())


def _nearest(folder: Path) -> Path | None:
    for each in (folder, *folder.parents):
        if os.path.lexists(each / CONFIG_NAME):
            return each / CONFIG_NAME
        if os.path.lexists(each / ".git"):
            return None
    return None


def _load(path: Path) -> SopsYaml:
    name = os.path.relpath(path)
    try:
        content, _ = snapshot.read(os.path.realpath(path), name)
        return reading.load(content, name)
    except FailedError as error:
        raise ConfigurationError(error.message, hint=error.hint, path=shown(name)) from None
