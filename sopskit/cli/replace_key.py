"""`sopskit replace-key`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.cli.key_arguments import add_key_arguments
from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Host


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the host")
    parser.add_argument(
        "--old", metavar="RECIPIENT", help="the key that goes, where the host has several (sopskit hosts -v)"
    )
    add_key_arguments(parser, several=False)
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Put a new key in the place of an old one, and rotate every file that the old one opens."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.key_arguments import collect_keys
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.host_keys import replace_key
    from sopskit.workflows.hosts import existing_host

    inventory = open_inventory(arguments, terminal)
    host = existing_host(inventory.configs.primary.document, arguments.name)
    old = _old_key(arguments, terminal, host)
    keys = collect_keys(arguments, terminal, inventory, host.role)
    if len(keys.recipients) != 1:
        raise UsageError("replace-key takes one key", hint="run it once for each key")
    change = replace_key(inventory, arguments.name, keys.recipients[0], old)
    return make_change(arguments, terminal, inventory, change, keys)


def _old_key(arguments: argparse.Namespace, terminal: Terminal, host: Host) -> Recipient:
    from sopskit.cli.key_arguments import parsed_key
    from sopskit.workflows.host_keys import old_key
    from sopskit.workflows.hosts import recipients_of

    if arguments.old is not None:
        return old_key(host, parsed_key(arguments.old, "--old"))
    recipients = tuple(dict.fromkeys(recipients_of(host)))
    if len(recipients) < 2 or not terminal.interactive:
        return old_key(host, None)
    import questionary

    from sopskit.text.shown import shown

    choices = [questionary.Choice(f"{each.kind} {shown(each.text)}", each.text) for each in recipients]
    chosen = terminal.choose("Which key goes?", choices, "--old")
    return next(each for each in recipients if each.text == chosen)
