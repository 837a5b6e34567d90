"""`sopskit sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="only these files and folders")
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """End the drift."""
    from sopskit.cli.confirming import make_sync
    from sopskit.cli.opening import open_inventory
    from sopskit.inventory.plan import State
    from sopskit.workflows.selecting import select

    inventory = open_inventory(arguments, terminal)
    plan = inventory.plan()
    selected = select(inventory, plan, arguments.paths) if arguments.paths else list(plan.files)
    broken = [each for each in selected if each.state is State.BROKEN]
    for each in broken:
        if each.problem is not None:
            terminal.error(each.problem)
    code = make_sync(arguments, terminal, inventory, [each for each in selected if each.state is State.DRIFT])
    return ExitCode.FAILED if broken and code in (ExitCode.CLEAN, ExitCode.FOUND) else code
