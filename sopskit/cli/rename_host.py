"""`sopskit rename-host`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("old", metavar="OLD", help="the host")
    parser.add_argument("new", metavar="NEW", help="its new name")
    add_change_arguments(parser, writes_files=False)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Rename the anchors of a host's keys and all their aliases."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.rename_host import rename_host

    inventory = open_inventory(arguments, terminal)
    return make_change(arguments, terminal, inventory, rename_host(inventory, arguments.old, arguments.new))
