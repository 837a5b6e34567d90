"""exposure: what a host, or everyone, could once read and that still is so."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError, UsageError
from sopskit.inventory import exposure
from sopskit.inventory.configs import load_configs, load_primary
from sopskit.inventory.exposure_data_keys import key_digests
from sopskit.inventory.exposure_elsewhere import across, may_tell_more, to_compare
from sopskit.inventory.exposure_keys import replaced_keys
from sopskit.inventory.exposure_knowledge import Knowledge
from sopskit.inventory.exposure_plaintexts import Reader
from sopskit.inventory.history_reading import read_history
from sopskit.inventory.inventory import Inventory
from sopskit.text.garbage import uncollected
from sopskit.workflows.parallel import map_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sopskit.engines.interface import Engine
    from sopskit.inventory.exposure import Candidate, Exposure
    from sopskit.inventory.history import History
    from sopskit.repo.discovery import Repository

    Report = Callable[[int, int], None]


_NAMED = 20  # hosts, in an error


class Exposed(NamedTuple):
    """What was found, and what was looked at.

    Attributes:
        exposures: sorted by host, everyone first, and path.
        knowledge: the history that they come from, and who knows what.
    """

    exposures: list[Exposure]
    knowledge: Knowledge


def no_report(_done: int, _total: int) -> None:
    """Nobody watches."""


def rules_of(repository: Repository, start: Path, config: Path | None = None) -> Inventory:
    """The rules of the work tree, held against its files; no file is read before it is asked for.

    Args:
        repository: where they are.
        start: the working directory.
        config: `--config`, or None.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or it cannot be used.
    """
    primary = load_primary(repository, start, config)
    paths = repository.files()
    return Inventory(repository, load_configs(repository, primary, paths, override=config is not None), paths)


@uncollected()
def history_of(repository: Repository, *, jobs: int | None = None, report: Report = no_report) -> History:
    """The history of a repository, from what is remembered and what is new.

    Raises:
        ConfigurationError: it is not in git.
        FailedError: git failed.
    """
    if not repository.in_git:
        raise ConfigurationError(
            "is no git repository, so that nobody knows what was once readable",
            hint="sopskit access says who reads what now",
            path=str(repository.root),
        )
    return read_history(repository, lambda function, items: map_files(function, items, jobs), report)


@uncollected()
def find_exposures(
    inventory: Inventory,
    history: History,
    *,
    host: str | None = None,
    engine: Callable[[], Engine | None] | None = None,
    jobs: int | None = None,
    report: Report = no_report,
) -> Exposed:
    """What is exposed.

    Args:
        inventory: of the work tree.
        history: of the same repository.
        host: the name or key of the one asked about, whether it is still there or not; None for everyone who
            could read what he is not to read now.
        engine: gives what opens files, to compare values, or None where no key is at hand; called only where
            that would tell more. None to go without.
        jobs: number of processes; None for one a core.
        report: called with (data keys opened, data keys to open).

    Raises:
        UsageError: there never was a host of that name.
    """
    reader = Reader(inventory.repository, history)
    clear, plaintexts = reader.clear_values()
    opening = cache(engine) if engine is not None else None
    knowledge = Knowledge(history, inventory, clear, {}, host)
    opened = opening() if opening is not None and knowledge.guessed else None
    if opened is not None:
        digests = key_digests(
            history,
            reader,
            replaced_keys(history),
            opened.open,
            lambda function, keys: map_files(function, keys, jobs),
        )
        knowledge = Knowledge(history, inventory, clear, digests, host)
    hosts = None if host is None else _named(knowledge, host)
    found = list(exposure.candidates(knowledge, hosts))
    if opening is not None:
        wanted = _wanted(knowledge, found)
        opened = opening() if wanted or may_tell_more(knowledge, hosts) else None
        if opened is not None:
            wanted |= to_compare(knowledge, hosts)
            plaintexts += reader.plaintexts(
                knowledge.keys.of,
                wanted,
                opened.open,
                lambda function, tasks: map_files(function, tasks, jobs),
                report,
            )
    known = {each.id: each.digest for each in plaintexts} if opening is not None else {}
    if opening is not None:
        found = list(exposure.settled(found, known))
        found += across(knowledge, found, plaintexts, hosts)
    found += exposure.guessed(knowledge, found, known, hosts)
    return Exposed(exposure.exposures(knowledge, found), knowledge)


def _named(knowledge: Knowledge, host: str) -> int:
    hosts = knowledge.hosts.named(host)
    if not hosts:
        labels = knowledge.hosts.labels()
        known = ", ".join(labels[:_NAMED]) + (", …" if len(labels) > _NAMED else "")
        raise UsageError(
            f"there never was a host {host}", hint=f"there were: {known}" if known else "give a public key"
        )
    return hosts


def _wanted(knowledge: Knowledge, found: list[Candidate]) -> set[int]:
    """The encrypted values whose plaintext would settle something, or is compared with plaintext."""
    wanted = {
        identity
        for each in found
        if each.certainty is exposure.Certainty.FILE
        for identity in (each.value.id, *each.ids)
    }
    if knowledge.in_clear:
        wanted.update(value.id for value, _ in knowledge.values)
    return wanted - knowledge.in_clear
