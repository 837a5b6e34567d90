"""`sopskit unset`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.set_value import add_place_arguments, report
from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_place_arguments(parser, "the key or the item to remove, for example")
    parser.add_argument(
        "--idempotent", action="store_true", help="it is no error if there is nothing to remove"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Remove one value."""
    from sopskit.cli.file_arguments import opened_engine
    from sopskit.sops import tree_paths
    from sopskit.workflows import set_value
    from sopskit.workflows.sources import source

    if arguments.surplus:
        raise UsageError("one file and one path are taken", hint="sopskit unset --help")
    path = tree_paths.parse(arguments.path)
    with opened_engine(arguments, terminal) as engine:
        changed = set_value.unset(
            engine,
            source(arguments.file, arguments.input_type),
            path,
            idempotent=arguments.idempotent,
            ignore_mac=arguments.ignore_mac,
        )
    return report(terminal, changed, "there is nothing to remove")
