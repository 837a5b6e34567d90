"""What a reader of consumers gets, and what it gives."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sopskit.findings import Place
    from sopskit.repo.trees import Tree


class Consumer(NamedTuple):
    """Something that reads secret files at run time, with one host's keys.

    Attributes:
        kind: one of `sopskit.consumers.KINDS`.
        name: of the Kustomization, or of the NixOS host (its module's path, where the host is not known); of
            others their name, or the path of the file that names the secret files.
        namespace: of a Kustomization or an Application; "" for others.
        paths: the secret files that it reads, relative to the repository; they need not exist.
        host: the name of the host with whose keys it reads; None where that cannot be told.
        place: where it is declared.
    """

    kind: str
    name: str
    namespace: str
    paths: tuple[str, ...]
    host: str | None
    place: Place


class CannotTell(NamedTuple):
    """Something that a reader found and did not understand.

    Attributes:
        kind: as of a consumer.
        place: where.
        message: what it is, lowercase.
    """

    kind: str
    place: Place
    message: str


class Consumers(NamedTuple):
    """All that was found.

    Attributes:
        found: the consumers, in the order of their kinds and places.
        unclear: what could not be understood: a consumer may be missing, or a file of one.
    """

    found: tuple[Consumer, ...] = ()
    unclear: tuple[CannotTell, ...] = ()


class Source(NamedTuple):
    """A repository as readers of consumers see it.

    Attributes:
        tree: reads files.
        paths: all files of the repository, sorted.
        encrypted: those that carry SOPS metadata.
        bindings: `[consumers]` of `.sopskit.toml`: hosts by `flux:CLUSTER/NAMESPACE/SECRET` or `KIND:NAME`.
        hosts: the names of all hosts.
        memo: what a kind of consumer has read, by its name, so that it reads it once.
        others: other repositories, by the name of the Flux source that stands for them.
    """

    tree: Tree
    paths: tuple[str, ...]
    encrypted: frozenset[str]
    bindings: Mapping[str, tuple[str, ...]]
    hosts: frozenset[str]
    memo: dict[str, Any]
    others: Mapping[str, Source] = MappingProxyType({})

    def text(self, path: str) -> str | None:
        """The text of a file; None where it cannot be read, or is none."""
        from sopskit.errors import SopskitError

        try:
            content = self.tree.read(path).content
        except SopskitError:
            return None
        return content.decode("utf-8", "replace") if len(content) <= MAX_SIZE else None


#: Far above what people write by hand.
MAX_SIZE = 4 << 20

if TYPE_CHECKING:
    Reader = Callable[[Source], Iterator[Consumer | CannotTell]]
