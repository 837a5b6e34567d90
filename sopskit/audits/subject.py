"""What is audited: a repository at one moment, with what can be known of it."""

from __future__ import annotations

from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from sopskit.audits import accidents
from sopskit.audits.claims import Claims
from sopskit.consumers import read_consumers
from sopskit.consumers.flux import flux_of
from sopskit.errors import SopskitError
from sopskit.inventory.consumers import source_of
from sopskit.inventory.flux_keys import FluxKeys
from sopskit.inventory.hosts import names_of
from sopskit.sops import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from sopskit.consumers.flux.decryption import KeySecret, SecretName
    from sopskit.consumers.flux.model import Flux
    from sopskit.consumers.interface import Consumers, Source
    from sopskit.engines.interface import Engine
    from sopskit.inventory.configs import Config
    from sopskit.inventory.history import ClearVersions
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Plan
    from sopskit.keys.pgp import Keyring
    from sopskit.keys.recipients import Recipient
    from sopskit.sops.formats import SopsFile

    #: Items may be inherited by a forked worker; only results are sent back.
    MapMany = Callable[[Callable[[Any], Any], list[Any]], Iterable[Any]]

_KEPT_CONTENTS = 64


class Subject:
    """A repository at one moment: the work tree, the index, or a commit.

    Attributes:
        inventory: its rules and files.
        only: the files to look at; None for all.
        engine: opens files; None where private keys are not to be used.
        keyring: of this machine's GPG; None where it is not to be asked.
        map_many: does one thing to many items, in order: `map`, or several processes. What it calls returns
            what can be pickled.
        in_clear: what the history has in clear of files that are encrypted now; None where that is not known.
        others: other repositories, by the name of the Flux source that stands for them.
        live: Secrets as a cluster has them, by namespace and name.
    """

    def __init__(
        self,
        inventory: Inventory,
        *,
        only: frozenset[str] | None = None,
        engine: Engine | None = None,
        keyring: Keyring | None = None,
        map_many: MapMany = map,
        in_clear: ClearVersions | None = None,
        others: Mapping[str, Inventory] = MappingProxyType({}),
        live: Mapping[SecretName, KeySecret | None] = MappingProxyType({}),
    ) -> None:
        self.inventory = inventory
        self.only = only
        self.engine = engine
        self.keyring = keyring
        # One git answers for a tree in git, and one process at a time can ask it.
        self.map_many = map_many if inventory.tree is inventory.repository else map
        self.in_clear = in_clear
        self.others = others
        self.live = live
        self._contents: dict[str, bytes] = {}

    def without_limit(self) -> Subject:
        """The same repository, all files to be looked at."""
        whole = Subject(
            self.inventory,
            engine=self.engine,
            keyring=self.keyring,
            map_many=self.map_many,
            in_clear=self.in_clear,
            others=self.others,
            live=self.live,
        )
        whole.source = self.source  # what was read of it is kept there
        return whole

    @cached_property
    def plan(self) -> Plan:
        """Every secret file, its rule, and how they differ."""
        return self.inventory.plan()

    @cached_property
    def claims(self) -> Claims:
        """Which rule claims which path, plaintext files included."""
        return Claims(self.inventory)

    @cached_property
    def names(self) -> Mapping[Recipient, str]:
        """The host's name for each recipient that has one."""
        return names_of(self.inventory.configs)

    @cached_property
    def consumers(self) -> Consumers:
        """What reads secret files at run time."""
        return read_consumers(self.source)

    @cached_property
    def source(self) -> Source:
        """The repository as readers of consumers see it."""
        return source_of(self.inventory, self.others)

    @cached_property
    def flux(self) -> Flux:
        """What Flux makes of it."""
        return flux_of(self.source)

    @cached_property
    def flux_keys(self) -> FluxKeys:
        """The keys that Flux decrypts with."""
        return FluxKeys(self.inventory, self.source, self.others, self.live)

    @cached_property
    def accidents(self) -> frozenset[str]:
        """Files that a rule claims by accident: see `accidents`."""
        return accidents.paths(self)

    def configs(self) -> Iterator[Config]:
        """The `.sops.yaml` files to look at, those that can be read."""
        for each in self.inventory.configs.all():
            if self.only is None or each.path in self.only:
                yield each

    def plan_of(self, path: str) -> FilePlan | None:
        """The plan of one secret file; None where the path is none."""
        return self._plans.get(path)

    @cached_property
    def _plans(self) -> dict[str, FilePlan]:
        return {each.path: each for each in self.plan.files}

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
