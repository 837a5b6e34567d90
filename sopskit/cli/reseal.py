"""`sopskit reseal`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from sopskit.cli.file_arguments import add_input_type

    parser.add_argument("file", metavar="FILE", help="a file whose conflicts you have resolved")
    add_input_type(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Write a MAC over the values that the file has; each must still be one encrypted for its place."""
    from sopskit.cli.opening import engine_opener
    from sopskit.workflows.git_drivers import reseal_file
    from sopskit.workflows.sources import source

    named = source(arguments.file, arguments.input_type)
    changed = reseal_file(engine_opener(arguments, terminal), named)
    terminal.say(f"resealed {arguments.file}" if changed.changed else "its MAC is right: nothing to do")
    return ExitCode.CLEAN
