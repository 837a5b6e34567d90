"""`sopskit doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ExitCode, SopskitError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.inventory import Inventory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Say what is here and what is missing; exit with the code of the first problem."""
    from sopskit.cli.opening import open_inventory
    from sopskit.output import json
    from sopskit.output.text import table
    from sopskit.workflows import doctor, opening

    inventory: Inventory | SopskitError
    try:
        inventory = open_inventory(arguments, terminal)
    except SopskitError as error:
        inventory = error
    findings = doctor.examine(inventory, opening.find_keys(lambda _: None))
    if arguments.format == "json":
        rows = [
            {"verdict": str(each.verdict), "subject": each.subject, "detail": each.detail, "hint": each.hint}
            for each in findings
        ]
        terminal.result(json.document("doctor", findings=rows))
    else:
        terminal.result(table([(str(each.verdict), each.subject, each.detail) for each in findings]))
        for each in findings:
            if each.hint:
                terminal.say(f"hint: {each.subject}: {each.hint}")
    return next((each.exit_code for each in findings if each.exit_code), ExitCode.CLEAN)
