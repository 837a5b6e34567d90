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


def open_inventory(
    arguments: argparse.Namespace, terminal: Terminal, *, without_rules: bool = False
) -> Inventory:
    """Finish or undo what an interrupted run left, then read the repository.

    Raises:
        ConfigurationError: there is no `.sops.yaml`, or it has no rules (unless `without_rules`).
    """
    from sopskit.api import Repository
    from sopskit.output.text import count
    from sopskit.workflows import opening

    repository = Repository(Path.cwd(), config=arguments.config, jobs=arguments.jobs)
    recovery = repository.recovery
    if recovery is not None and recovery.finished:
        terminal.say(f"finished what an interrupted run had begun: {count(len(recovery.finished), 'file')}")
    elif recovery is not None:
        terminal.say(f"undid what an interrupted run had begun: {count(len(recovery.undone), 'file')}")
    if not without_rules:
        opening.require_rules(repository.inventory)
    return repository.inventory


def engine_opener(arguments: argparse.Namespace, terminal: Terminal) -> Callable[[], Engine]:
    """What finds this machine's keys and chooses an engine, when it is called."""

    def opened() -> Engine:
        from sopskit.workflows import opening

        return opening.choose_engine(arguments.engine, opening.find_keys(terminal.passphrase))

    return opened
