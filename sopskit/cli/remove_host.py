"""`sopskit remove-host`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.change import Change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the host")
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Take a host away, and rotate every file that it could read."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.remove_host import remove_host

    inventory = open_inventory(arguments, terminal)
    change = remove_host(inventory, arguments.name, force=arguments.force)
    code = make_change(arguments, terminal, inventory, change)
    if change.seen and not arguments.dry_run:
        from sopskit.cli.exposure import show_exposures_of

        _say_what_it_has_seen(arguments, terminal, change)
        if code is ExitCode.CLEAN and inventory.repository.in_git:
            show_exposures_of(terminal, inventory.repository, arguments)
    return code


def _say_what_it_has_seen(arguments: argparse.Namespace, terminal: Terminal, change: Change) -> None:
    from sopskit.output.text import count

    shown = change.seen if terminal.verbose else change.seen[:3]
    paths = ", ".join(shown) + (", …" if len(shown) < len(change.seen) else "")
    terminal.say(
        f"{arguments.name} has seen the values of {count(len(change.seen), 'file')}, and may keep them: "
        f"change them at their source ({paths})"
    )
