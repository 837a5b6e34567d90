"""`sopskit hosts`."""

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
    """List the hosts; no private key is needed."""
    from sopskit.cli import rendering
    from sopskit.cli.opening import open_inventory
    from sopskit.inventory.hosts import summarize_hosts
    from sopskit.output import json

    hosts = summarize_hosts(open_inventory(arguments, terminal, without_rules=True))
    if arguments.format == "json":
        terminal.result(json.document("hosts", **rendering.hosts_document(hosts)))
    else:
        terminal.result(rendering.hosts_table(hosts, verbose=terminal.verbose))
    return ExitCode.CLEAN
