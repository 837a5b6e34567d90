"""Opening the repository that a command works on, and this machine's keys where it needs them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from sopskit.cli.terminal import Terminal
    from sopskit.engines.interface import Engine
    from sopskit.inventory.inventory import Inventory
    from sopskit.repo.discovery import Repository
    from sopskit.workflows.check_subject import Place


def open_repository(terminal: Terminal) -> Repository:
    """The repository of the working directory; what an interrupted run left there is finished or undone."""
    from sopskit.output.text import count
    from sopskit.workflows import opening

    repository = opening.open_repository(Path.cwd())
    recovery = opening.recover_interrupted(repository)
    if recovery is not None and recovery.finished:
        terminal.say(f"finished what an interrupted run had begun: {count(len(recovery.finished), 'file')}")
    elif recovery is not None:
        terminal.say(f"undid what an interrupted run had begun: {count(len(recovery.undone), 'file')}")
    return repository


def open_place(arguments: argparse.Namespace, terminal: Terminal) -> Place:
    """The repository of the working directory, and with what a check looks at it."""
    from sopskit.workflows.check_subject import Place

    repository = open_repository(terminal)
    return Place(repository, Path.cwd(), arguments.config, arguments.jobs, arguments.engine)


def open_inventory(
    arguments: argparse.Namespace, terminal: Terminal, *, without_rules: bool = False
) -> Inventory:
    """Finish or undo what an interrupted run left, then read the repository.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or it has no rules (unless `without_rules`).
    """
    from sopskit.workflows import opening

    repository = open_repository(terminal)
    inventory = opening.read_inventory(repository, Path.cwd(), config=arguments.config, jobs=arguments.jobs)
    if not without_rules:
        opening.require_rules(inventory)
    return inventory


def engine_opener(arguments: argparse.Namespace, terminal: Terminal) -> Callable[[], Engine]:
    """What finds this machine's keys and chooses an engine, when it is called."""

    def opened() -> Engine:
        from sopskit.workflows import opening

        return opening.choose_engine(arguments.engine, opening.find_keys(terminal.passphrase))

    return opened
