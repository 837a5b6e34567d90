"""`sopskit exec-env`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.exec_arguments import add_command_arguments, command_of, source_of

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = "The exit code is that of the command."
    parser.add_argument(
        "--pristine", action="store_true", help="give the command the file's values as its whole environment"
    )
    add_command_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Become the command."""
    from sopskit.cli.file_arguments import opened_engine
    from sopskit.workflows.execute import with_environment

    command = command_of(arguments)
    with opened_engine(arguments, terminal) as engine:
        with_environment(
            engine, source_of(arguments), command, pristine=arguments.pristine, user=arguments.user
        )
