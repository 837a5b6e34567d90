"""`sopskit exec-file`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.exec_arguments import add_command_arguments, command_of, source_of
from sopskit.cli.file_arguments import FORMATS

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = (
        "{} in an argument of the command stands for the path of the plaintext. The exit code is that of the "
        "command, 128 and the signal's number where a signal ended it."
    )
    parser.add_argument(
        "--no-fifo",
        action="store_true",
        help="a file in memory, for a command that reads more than once or seeks (default: a named pipe)",
    )
    parser.add_argument("--filename", metavar="NAME", help="name of the plaintext (default: that of FILE)")
    parser.add_argument(
        "--output-type", choices=FORMATS, help="format of the plaintext (default: that of FILE)"
    )
    add_command_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command; its exit code is ours."""
    from sopskit.cli.file_arguments import opened_engine
    from sopskit.sops.formats import Format
    from sopskit.workflows.execute import with_file

    command = command_of(arguments)
    with opened_engine(arguments, terminal) as engine:
        return with_file(
            engine,
            source_of(arguments),
            command,
            output_type=Format(arguments.output_type) if arguments.output_type else None,
            name=arguments.filename,
            fifo=not arguments.no_fifo,
            user=arguments.user,
            warn=terminal.warn,
        )
