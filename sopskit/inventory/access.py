"""Who reads which secret file: by the rule that claims it, and by the stanzas in it.

The two differ where there is drift. No private key is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.inventory.plan import State
from sopskit.inventory.readers import Holders, Level, named_readers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sopskit.consumers.interface import CannotTell, Consumer, Consumers
    from sopskit.inventory.inventory import Inventory
    from sopskit.inventory.plan import FilePlan, Target
    from sopskit.inventory.readers import Groups, Reader


class FileAccess(NamedTuple):
    """One secret file. The mappings are from numbers of readers to what they can do.

    Attributes:
        plan: the file, its rule, and how they differ.
        target: what the rule wants, of a file that is not encrypted as well; None where there is no rule.
        by_rule: who is to read it.
        by_stanza: who can read it as it is; of a file that is not encrypted nobody in particular.
    """

    plan: FilePlan
    target: Target | None
    by_rule: Mapping[int, Level]
    by_stanza: Mapping[int, Level]

    @property
    def path(self) -> str:
        """Relative to the repository, with `/`."""
        return self.plan.path

    @property
    def in_clear(self) -> bool:
        """Whether everyone reads it who has the repository."""
        return self.plan.state is State.PLAINTEXT

    def level(self, reader: int) -> Level:
        """The most that a reader can do, or is to be able to."""
        return max(self.by_rule.get(reader, Level.NONE), self.by_stanza.get(reader, Level.NONE))


class ConsumerAccess(NamedTuple):
    """A consumer, and whether its host reads all its files; None where that cannot be told."""

    consumer: Consumer
    readable: bool | None


class Access(NamedTuple):
    """Who reads what, in a whole repository.

    Attributes:
        readers: the hosts, in the order of `.sops.yaml`, then keys without a name.
        files: every secret file, sorted by path.
        consumers: what reads them at run time.
        unclear: what may be a consumer, and was not understood.
    """

    readers: tuple[Reader, ...]
    files: tuple[FileAccess, ...]
    consumers: tuple[ConsumerAccess, ...] = ()
    unclear: tuple[CannotTell, ...] = ()

    def files_of(self, reader: int) -> list[FileAccess]:
        """The files that a reader reads, or is to read, alone or with others."""
        return [each for each in self.files if each.level(reader)]


def access_of(inventory: Inventory, consumers: Consumers | None = None) -> Access:
    """Who reads what.

    Args:
        inventory: of the work tree, the index or a commit.
        consumers: what reads its files at run time, where that is asked for.
    """
    holders = Holders(named_readers(inventory.configs))
    met: dict[tuple[Groups, int], dict[int, Level]] = {}

    def levels(groups: Groups, threshold: int) -> dict[int, Level]:
        key = (groups, threshold)
        if key not in met:  # most files of a rule have the same recipients
            met[key] = holders.levels(groups, threshold)
        return met[key]

    files = []
    for plan in inventory.plan().files:
        target, stanzas = plan.target or inventory.target(plan.path), plan.file.encryption
        by_rule = levels(target.groups, target.threshold) if target else {}
        by_stanza = levels(stanzas.groups, stanzas.threshold) if stanzas else {}
        files.append(FileAccess(plan, target, by_rule, by_stanza))
    access = Access(tuple(holders.readers), tuple(files))
    if consumers is None:
        return access
    judged = tuple(_consumers(access, consumers.found))
    return access._replace(consumers=judged, unclear=consumers.unclear)


def _consumers(access: Access, consumers: tuple[Consumer, ...]) -> Iterator[ConsumerAccess]:
    by_path = {each.path: each for each in access.files}
    by_name = {reader.name: number for number, reader in enumerate(access.readers) if reader.name}
    for each in consumers:
        files = [by_path.get(path) for path in each.paths]
        readable: bool | None = None
        if each.host is not None and files and None not in files:
            number = by_name.get(each.host, -1)
            readable = all(f and (f.in_clear or f.by_stanza.get(number) is Level.ALONE) for f in files)
        yield ConsumerAccess(each, readable)
