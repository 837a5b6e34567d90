"""Arguments that `exec-env` and `exec-file` share."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sopskit.cli.file_arguments import add_input_type
from sopskit.errors import UsageError

if TYPE_CHECKING:
    from sopskit.workflows.sources import Source


def add_command_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the file and the command; options stand before the file."""
    parser.usage = f"{parser.prog} [OPTION]... FILE -- COMMAND [ARGUMENT]..."
    add_input_type(parser)
    parser.add_argument("--user", metavar="NAME", help="run the command as this user (root only)")
    parser.add_argument("file", metavar="FILE", help="the secret file")
    parser.add_argument(
        "words",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="the program and its arguments, word by word; no shell sees them",
    )


def command_of(arguments: argparse.Namespace) -> list[str]:
    """The words of the command.

    Raises:
        UsageError: there are none, or an option stands where the command should.
    """
    words: list[str] = arguments.words
    if words[:1] == ["--"]:
        words = words[1:]
    elif words and words[0].startswith("-"):
        raise UsageError(f"{words[0]} stands behind the file", hint="options stand before the file")
    if not words:
        raise UsageError(
            "the command is missing", hint="it stands behind the file: FILE -- COMMAND ARGUMENT..."
        )
    return words


def source_of(arguments: argparse.Namespace) -> Source:
    """The file that was named."""
    from sopskit.workflows.sources import source

    return source(arguments.file, arguments.input_type)
