"""`sopskit plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Show the plan; exit 1 where there is anything but files in sync."""
    from sopskit.cli import rendering
    from sopskit.cli.opening import open_inventory
    from sopskit.inventory.hosts import names_of
    from sopskit.inventory.plan import State
    from sopskit.output import json

    inventory = open_inventory(arguments, terminal)
    plan = inventory.plan()
    if arguments.format == "json":
        terminal.result(json.document("plan", **rendering.plan_document(plan)))
    else:
        names = names_of(inventory.configs)
        shown = plan.files if terminal.verbose else [f for f in plan.files if f.state is not State.IN_SYNC]
        terminal.result(rendering.file_lines(shown, names, verbose=terminal.verbose))
        terminal.result(rendering.summary_line(plan))
        if plan.drift:
            terminal.say("hint: sopskit sync ends the drift")
    if plan.with_state(State.BROKEN):
        return ExitCode.FAILED
    return ExitCode.CLEAN if all(f.state is State.IN_SYNC for f in plan.files) else ExitCode.FOUND
