"""Which `.sops.yaml` governs which file.

The nearest `.sops.yaml` above a file governs it (sops itself looks upward from the working directory,
getsops/sops#242); `--config` governs everything. A rule's pattern is matched against the path relative to
the folder of its config, as in sops (`config/config.go`, parseCreationRuleForFile).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, FailedError, SopskitError
from sopskit.repo.snapshot import FileSnapshot, Identity
from sopskit.sops_yaml import reading

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sopskit.repo.trees import Tree
    from sopskit.sops_yaml.model import Rule, SopsYaml

CONFIG_NAME = ".sops.yaml"


def is_config(path: str) -> bool:
    """Whether a path is that of a `.sops.yaml`, in whatever folder."""
    return path.rpartition("/")[2] == CONFIG_NAME


class Config(NamedTuple):
    """One `.sops.yaml`.

    Attributes:
        path: relative to the repository, with `/`.
        folder: its folder, relative to the repository; "" is the root.
        root: absolute path of the repository.
        document: the parsed file.
        snapshot: what was read, so that a change made meanwhile is noticed.
    """

    path: str
    folder: str
    root: str
    document: SopsYaml
    snapshot: FileSnapshot

    def relative(self, path: str) -> str:
        """The path as this config's patterns see it; `path` is relative to the repository.

        Below the config's folder that is the rest of the path, elsewhere the absolute path.
        """
        folder = f"{self.root}/{self.folder}".rstrip("/")
        return f"{self.root}/{path}".removeprefix(f"{folder}/")

    def rule_for(self, path: str) -> Rule | None:
        """The rule that claims a file.

        Raises:
            ConfigurationError: the rule reached is one that sops refuses (a bad regex, a bad key).
        """
        return self.document.rule_for(self.relative(path))


class Configs(NamedTuple):
    """Every `.sops.yaml` of a repository.

    Attributes:
        primary: the one that a command edits: found upward from the working directory, or `--config`.
        by_folder: all of them by folder; a value is an error where the file cannot be read.
        override: `--config` was given, so that the primary governs every file.
    """

    primary: Config
    by_folder: Mapping[str, Config | SopskitError]
    override: bool

    def governing(self, path: str) -> Config | None:
        """The config that governs a file, or None where there is none above it.

        Raises:
            SopskitError: that config cannot be read.
        """
        if self.override:
            return _usable(self.by_folder[self.primary.folder])
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            if folder in self.by_folder:
                return _usable(self.by_folder[folder])
        return None

    def with_primary(self, document: SopsYaml) -> Configs:
        """The same configs, the primary's text replaced: what a command is about to write."""
        primary = self.primary._replace(document=document)
        return self._replace(primary=primary, by_folder={**self.by_folder, primary.folder: primary})

    def with_document(self, path: str, document: SopsYaml) -> Configs:
        """The same configs, the text of the one at `path` replaced."""
        if path == self.primary.path:
            return self.with_primary(document)
        found = {folder: each for folder, each in self.by_folder.items() if isinstance(each, Config)}
        changed = {
            folder: each._replace(document=document) for folder, each in found.items() if each.path == path
        }
        return self._replace(by_folder={**self.by_folder, **changed})

    def rewritten(self, before: Configs) -> list[Config]:
        """Those whose text is another than in `before`."""
        texts = {each.path: each.document.text for each in before.all()}
        return [each for each in self.all() if each.document.text != texts.get(each.path)]

    def all(self) -> list[Config]:
        """Every config that could be read, the primary first."""
        others = [each for each in self.by_folder.values() if isinstance(each, Config)]
        return [self.primary, *(each for each in others if each.path != self.primary.path)]


def load_primary(tree: Tree, start: Path, override: Path | None) -> Config:
    """Read the `.sops.yaml` that a command edits.

    Args:
        tree: what is read: the work tree, the index or a commit.
        start: the working directory; it is looked for upward from there.
        override: `--config`, or None.

    Raises:
        ConfigurationError: there is none, or it cannot be read.
    """
    path = _primary_path(tree, start, override)
    try:
        return _load(tree, path)
    except FailedError as error:
        raise ConfigurationError(
            error.message, hint=error.hint or "sops could not use it either", path=path
        ) from None


def load_any_primary(
    tree: Tree, start: Path, override: Path | None, paths: list[str]
) -> tuple[Config, SopskitError | None]:
    """As `load_primary`, where a `.sops.yaml` that cannot be used is part of the answer.

    Args:
        tree: see `load_primary`.
        start: as `tree`.
        override: as `tree`.
        paths: the repository's files; where no `.sops.yaml` stands above `start`, the first of them counts.

    Returns:
        The config, and None; or one without rules in its place, and what is wrong with it.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        path = _primary_path(tree, start, override)
    except ConfigurationError:
        below = [each for each in paths if is_config(each)]
        if override is not None or not below:
            raise
        path = min(below, key=lambda each: (each.count("/"), each))
    try:
        return _load(tree, path), None
    except SopskitError as error:
        return _read(tree, path, _nothing(path)), error


def load_configs(
    tree: Tree, primary: Config, paths: list[str], *, override: bool, problem: SopskitError | None = None
) -> Configs:
    """Read every other `.sops.yaml` among `paths`, the repository's files.

    Args:
        tree: what is read: the work tree, the index or a commit.
        primary: see `load_primary`.
        paths: as `Repository.files` gives them.
        override: the primary governs every file, and no other is read.
        problem: what is wrong with the primary: see `load_any_primary`.
    """
    by_folder: dict[str, Config | SopskitError] = {primary.folder: problem or primary}
    if not override:
        for path in paths:
            if path != primary.path and is_config(path):
                try:
                    by_folder[_folder(path)] = _load(tree, path)
                except SopskitError as error:
                    by_folder[_folder(path)] = error
    return Configs(primary, by_folder, override)


def without_rules(tree: Tree) -> Configs:
    """What stands for the configs of a tree that has none: nobody has a name, nothing is claimed."""
    primary = _read(tree, CONFIG_NAME, _nothing(CONFIG_NAME))
    return Configs(primary, {"": primary}, override=False)


def _primary_path(tree: Tree, start: Path, override: Path | None) -> str:
    if override is not None:
        return tree.relative(override)
    folder = start.resolve()
    while True:
        path = tree.relative(folder / CONFIG_NAME)
        if tree.has(path):
            return path
        misnamed = tree.relative(folder / ".sops.yml")
        if tree.has(misnamed):
            raise ConfigurationError(
                "sops reads .sops.yaml only, not .sops.yml",
                hint="rename the file to .sops.yaml",
                path=misnamed,
            )
        if folder == tree.root:
            raise ConfigurationError(
                f"no .sops.yaml in {start} or above it, up to the root of the repository",
                hint="sopskit init writes a first one",
            )
        folder = folder.parent


def _load(tree: Tree, path: str) -> Config:
    return _read(tree, path, tree.read(path))


def _read(tree: Tree, path: str, snapshot: FileSnapshot) -> Config:
    document = reading.load(snapshot.content, path)
    return Config(path, _folder(path), str(tree.root), document, snapshot)


def _nothing(path: str) -> FileSnapshot:
    """In the place of a `.sops.yaml` that is not there, or cannot be used."""
    return FileSnapshot(path, path, b"{}", Identity(0, 0, 2, 0, 0, 0, 0, 0), 0)


def _usable(config: Config | SopskitError) -> Config:
    if isinstance(config, SopskitError):
        raise config
    return config


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
