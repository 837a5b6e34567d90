"""`sopskit set`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sopskit.cli.file_arguments import add_input_type
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from sopskit.cli.terminal import Terminal
    from sopskit.sops.documents import Node
    from sopskit.workflows.in_place import Changed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.allow_abbrev = False  # argparse repeats `--value=...`, which is none, as ambiguous
    add_place_arguments(parser, "the place of the value, for example")
    value = parser.add_mutually_exclusive_group()
    value.add_argument(
        "--value-stdin", action="store_true", help="read the value, as JSON, from standard input"
    )
    value.add_argument("--value-file", metavar="VALUE_FILE", help="read the value, as JSON, from this file")
    parser.add_argument(
        "--string",
        action="store_true",
        help="the value is a text and no JSON, as it is when you are asked for it",
    )
    parser.add_argument(
        "--idempotent", action="store_true", help="as always: nothing is written where the value is there"
    )


def add_place_arguments(parser: argparse.ArgumentParser, place: str) -> None:
    """A file, and a place in it."""
    parser.add_argument("file", metavar="FILE", help="the secret file, which is changed in place")
    parser.add_argument("path", metavar="PATH", help=f"""{place} '["key"][0]'""")
    # Taken up here, so that no message of argparse repeats it.
    parser.add_argument("surplus", nargs="*", help=argparse.SUPPRESS)
    add_input_type(parser)
    parser.add_argument(
        "--ignore-mac", action="store_true", help="change a file although values were added, removed or moved"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Set one value."""
    from sopskit.cli.file_arguments import opened_engine
    from sopskit.sops import tree_paths
    from sopskit.workflows import set_value
    from sopskit.workflows.sources import source

    if arguments.surplus:
        raise UsageError(
            "a value is not taken as an argument, which other users and the shell's history would see",
            hint="--value-stdin or --value-file FILE, or none of both to be asked",
        )
    path = tree_paths.parse(arguments.path)
    value = _value(arguments, terminal)
    with opened_engine(arguments, terminal) as engine:
        file = source(arguments.file, arguments.input_type)
        changed = set_value.set_value(engine, file, path, value, ignore_mac=arguments.ignore_mac)
    return report(terminal, changed, "it has that value already")


def report(terminal: Terminal, changed: Changed, otherwise: str) -> ExitCode:
    """Say what was done."""
    from sopskit.cli.file_arguments import show_notes

    show_notes(terminal, [(changed.name, changed.notes)])
    terminal.say(
        f"wrote {changed.name}" if changed.changed else f"{changed.name} stays as it is: {otherwise}"
    )
    return ExitCode.CLEAN


def _value(arguments: argparse.Namespace, terminal: Terminal) -> Node:
    from sopskit.cli.file_arguments import read_stdin
    from sopskit.workflows.set_value import parse_value
    from sopskit.workflows.sources import source

    if arguments.value_stdin:
        return parse_value(read_stdin(), is_text=arguments.string)
    if arguments.value_file is not None:
        return parse_value(source(arguments.value_file, "binary").read(), is_text=arguments.string)
    return terminal.secret(f"value of {arguments.path}", "--value-stdin or --value-file")
