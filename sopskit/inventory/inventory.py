"""The inventory: one pass over a repository, held together with its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sopskit.errors import BrokenFileError, ConfigurationError, SopskitError
from sopskit.inventory.configs import is_config, load_any_primary, load_configs, load_primary
from sopskit.inventory.plan import FilePlan, Plan, State, Target, compare, target_of
from sopskit.inventory.secret_files import SecretFile, read_secret_file
from sopskit.sops.formats import Format, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from sopskit.inventory.configs import Config, Configs
    from sopskit.inventory.secret_files import Encryption
    from sopskit.keys.recipients import Recipient
    from sopskit.repo.discovery import Repository
    from sopskit.repo.trees import Tree
    from sopskit.sops_yaml.model import Rule, SopsYaml

    Wanted = TypeVar("Wanted", Encryption, Target)
    ReadMany = Callable[[Tree, list[str]], Iterable[SecretFile]]


class Inventory:
    """A repository's files and rules, as they were at one moment.

    Attributes:
        repository: where they are.
        tree: what was read: the work tree (the repository itself), the index or a commit.
        configs: its `.sops.yaml` files.
        paths: every file that git tracks or would track, `.sops.yaml` files left out.
    """

    def __init__(
        self, repository: Repository, configs: Configs, paths: list[str], tree: Tree | None = None
    ) -> None:
        self.repository = repository
        self.tree: Tree = tree or repository
        self.configs = configs
        self.paths = paths
        self._files: dict[str, SecretFile] = {}
        # By id, which takes no time; what it is the id of is kept, so that no other object gets it.
        self._claims: dict[tuple[int, str], tuple[SopsYaml, Rule | None]] = {}
        self._targets: dict[int, tuple[Rule, Target]] = {}
        self._readers: dict[Recipient, list[str]] | None = None

    def at(self, paths: list[str], tree: Tree) -> Inventory:
        """Other files under the same rules; what was found out about these is shared."""
        other = Inventory(self.repository, self.configs, paths, tree)
        other._claims, other._targets = self._claims, self._targets
        return other

    def file(self, path: str) -> SecretFile:
        """A file as it was first read."""
        if path not in self._files:
            self._files[path] = read_secret_file(self.tree, path)
        return self._files[path]

    def read_all(self, read_many: ReadMany | None = None) -> None:
        """Read every file that was not read yet, many at once where `read_many` can."""
        missing = [path for path in self.paths if path not in self._files]
        if read_many is None:
            found: Iterable[SecretFile] = (read_secret_file(self.tree, path) for path in missing)
        else:
            found = read_many(self.tree, missing)
        for file in found:
            self._files[file.path] = file

    def plan(self, configs: Configs | None = None) -> Plan:
        """The plan under the rules as they stand, or under `configs`, which a command is about to write."""
        rules = configs or self.configs
        files = [each for path in self.paths if (each := self._plan_file(rules, path)) is not None]
        return Plan(tuple(_without_contradictions(files)))

    def target(self, path: str) -> Target | None:
        """What the rules as they stand want of a file; None where no rule claims it, or sops would fail."""
        try:
            config = self.configs.governing(path)
            rule = self._rule(config, path) if config else None
            return _for_format(self._target(rule), path) if rule is not None else None
        except SopskitError:
            return None

    def claim(self, path: str) -> tuple[Config | None, Rule | None]:
        """The config that governs a path, and the rule of it that claims the path.

        Raises:
            SopskitError: the config cannot be read, or sops refuses the rule.
        """
        config = self.configs.governing(path)
        return config, self._rule(config, path) if config is not None else None

    def claimed(self, config: Config) -> Iterator[tuple[str, Rule]]:
        """Each path that a config governs and a rule of it claims, with that rule.

        A rule that sops would refuse claims nothing here; `plan` reports its files as broken.
        """
        for path in self.paths:
            try:
                governing = self.configs.governing(path)
                rule = self._rule(config, path) if governing and governing.path == config.path else None
            except SopskitError:
                continue
            if rule is not None and (rule.path_regex or self.file(path).encryption is not None):
                yield path, rule

    def readers(self) -> Mapping[Recipient, Sequence[str]]:
        """Which files each recipient has a stanza in."""
        if self._readers is None:
            self._readers = self._find_readers()
        return self._readers

    def _find_readers(self) -> dict[Recipient, list[str]]:
        found: dict[Recipient, list[str]] = {}
        for path in self.paths:
            encryption = self.file(path).encryption
            for recipient in encryption.recipients() if encryption else ():
                found.setdefault(recipient, []).append(path)
        return found

    def _rule(self, config: Config, path: str) -> Rule | None:
        """The rule of a config that claims a path, looked for once."""
        key = (id(config.document), path)
        if key not in self._claims:
            self._claims[key] = (config.document, config.rule_for(path))
        return self._claims[key][1]

    def _target(self, rule: Rule) -> Target:
        if id(rule) not in self._targets:
            self._targets[id(rule)] = (rule, target_of(rule))
        return self._targets[id(rule)][1]

    def _plan_file(self, configs: Configs, path: str) -> FilePlan | None:
        """One file's plan; None for a file that is no secret file."""
        try:
            config = configs.governing(path)
            rule = self._rule(config, path) if config else None
        except SopskitError as error:
            file = self.file(path)
            if file.encryption is None and file.problem is None:
                return None
            return FilePlan(file, State.BROKEN, problem=error)
        file = self.file(path)
        if file.problem is not None:
            # A problem matters where a rule means this very file; a catch-all claims the README too.
            mentioned = (rule is not None and rule.path_regex) or file.version is not None
            return FilePlan(file, State.BROKEN, rule, config, problem=file.problem) if mentioned else None
        if file.encryption is None:
            if rule is None or not rule.path_regex:
                return None
            if file.has_values:
                return FilePlan(file, State.BROKEN, rule, config, problem=_without_metadata(path))
            return FilePlan(file, State.EMPTY if file.empty else State.PLAINTEXT, rule, config)
        if rule is None:
            return FilePlan(file, State.ORPHAN, config=config)
        try:
            target = _for_format(self._target(rule), path)
        except SopskitError as error:
            return FilePlan(file, State.BROKEN, rule, config, problem=error)
        difference = compare(_for_format(file.encryption, path), target)
        state = State.DRIFT if any(difference) else State.IN_SYNC
        return FilePlan(file, state, rule, config, target, *difference)


def _for_format(groups: Wanted, path: str) -> Wanted:
    """The same without what says which values are encrypted, for a file of the binary format.

    It has one value, which is always encrypted (sops, cmd/sops/main.go, IsSingleValueStore).
    """
    if format_of(path) is not Format.BINARY:
        return groups
    return groups._replace(selector=None, mac_only_encrypted=False)


def _without_contradictions(plans: list[FilePlan]) -> Iterator[FilePlan]:
    """The plans, those of links broken whose file another rule gives to other recipients."""
    targets = {plan.path: plan.target for plan in plans}
    for plan in plans:
        real = plan.file.resolved
        if real == plan.path or targets.get(real, plan.target) == plan.target:
            yield plan
            continue
        problem = ConfigurationError(
            f"is a link to {real}, which another rule gives to other recipients",
            hint="have both claimed by one rule, or leave the link out of the rules",
            path=plan.path,
        )
        yield FilePlan(plan.file, State.BROKEN, plan.rule, plan.config, problem=problem)


def _without_metadata(path: str) -> BrokenFileError:
    return BrokenFileError(
        "has encrypted values, but no SOPS metadata in the format that its name stands for",
        hint="was it cut off, or encrypted as another format (sops --input-type)?",
        path=path,
    )


def take_inventory(
    repository: Repository,
    start: Path,
    config: Path | None = None,
    read_many: ReadMany | None = None,
    tree: Tree | None = None,
    *,
    tolerant: bool = False,
    only: Collection[str] | None = None,
) -> Inventory:
    """Read a repository: its files, its rules, and every file's metadata.

    Args:
        repository: where to look.
        start: the working directory, from which the primary `.sops.yaml` is looked for upward.
        config: `--config`, or None.
        read_many: reads many files at once (in several processes); None reads them one by one.
        tree: the index or a commit, to be read in place of the work tree.
        tolerant: a `.sops.yaml` that cannot be used is an error in `Configs.by_folder`, also the primary, and
            there need be none above `start`.
        only: the files to read, besides every `.sops.yaml`; None for all.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or (unless `tolerant`) it cannot be used.
    """
    source: Tree = tree or repository
    if tolerant:
        paths = source.files()
        primary, problem = load_any_primary(source, start, config, paths)
    else:
        primary, problem = load_primary(source, start, config), None  # first: without one nothing is listed
        paths = source.files()
    configs = load_configs(source, primary, paths, override=config is not None, problem=problem)
    names = {each.path for each in configs.all()}
    secret_paths = [p for p in paths if p not in names and not is_config(p) and (only is None or p in only)]
    inventory = Inventory(repository, configs, secret_paths, tree)
    inventory.read_all(read_many)
    return inventory
