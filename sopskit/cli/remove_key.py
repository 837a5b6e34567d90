"""`sopskit remove-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.cli.key_arguments import parsed_key

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the host")
    parser.add_argument(
        "recipient", metavar="RECIPIENT", help="the public key to take away, as sopskit hosts -v shows it"
    )
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Take a key out of `.sops.yaml` and out of the files, which are rotated."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.host_keys import remove_key

    inventory = open_inventory(arguments, terminal)
    change = remove_key(inventory, arguments.name, parsed_key(arguments.recipient, "RECIPIENT"))
    return make_change(arguments, terminal, inventory, change)
