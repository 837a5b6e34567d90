"""`sopskit add-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.cli.key_arguments import add_key_arguments
from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the host")
    add_key_arguments(parser, several=False)
    parser.add_argument(
        "--group", type=int, metavar="N", help="the key group to join, where rules have several"
    )
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Give a host a second key, in every rule that it is in."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.key_arguments import collect_keys
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.host_keys import add_key
    from sopskit.workflows.hosts import existing_host

    inventory = open_inventory(arguments, terminal)
    host = existing_host(inventory.configs.primary.document, arguments.name)
    keys = collect_keys(arguments, terminal, inventory, host.role)
    if len(keys.recipients) != 1:
        raise UsageError("add-key takes one key", hint="run it once for each key")
    change = add_key(inventory, arguments.name, keys.recipients[0], arguments.group)
    return make_change(arguments, terminal, inventory, change, keys)
