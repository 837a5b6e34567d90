"""`sopskit sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("paths", metavar="PATH", nargs="*", help="only these files and folders")
    parser.add_argument(
        "--rotate",
        action="store_true",
        help="rotate all of them, whether they differ from their rule or not",
    )
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """End the drift."""
    from sopskit.cli.confirming import make_sync
    from sopskit.cli.opening import open_inventory
    from sopskit.inventory.plan import State
    from sopskit.workflows.rotations import rotated
    from sopskit.workflows.selecting import select

    if arguments.rotate and arguments.no_rotate:
        raise UsageError("--rotate and --no-rotate contradict each other", hint="give one of them")
    inventory = open_inventory(arguments, terminal)
    plan = inventory.plan()
    selected = select(inventory, plan, arguments.paths) if arguments.paths else list(plan.files)
    broken = [each for each in selected if each.state is State.BROKEN]
    for each in broken:
        if each.problem is not None:
            terminal.error(each.problem)
    drift = [each for each in selected if each.state is State.DRIFT]
    code = make_sync(arguments, terminal, inventory, rotated(selected) if arguments.rotate else drift)
    return ExitCode.FAILED if broken and code in (ExitCode.CLEAN, ExitCode.FOUND) else code
