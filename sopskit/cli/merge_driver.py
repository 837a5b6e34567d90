"""`sopskit merge-driver`, which git runs to merge an encrypted file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("base", metavar="%O", type=Path, help="the common ancestor")
    parser.add_argument("ours", metavar="%A", type=Path, help="our version, which the result replaces")
    parser.add_argument("theirs", metavar="%B", type=Path, help="the other version")
    parser.add_argument("path", metavar="%P", help="the name of the file in the repository")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Merge value by value; exit 1 with conflicts, as git expects."""
    from sopskit.cli.opening import engine_opener
    from sopskit.workflows.git_drivers import merge_file

    result = merge_file(
        engine_opener(arguments, terminal),
        arguments.base,
        arguments.ours,
        arguments.theirs,
        arguments.path,
    )
    if result.problem is not None:
        terminal.error(result.problem)
        terminal.say(f"{arguments.path}: merged as lines of text, its MAC is not valid")
        return result.problem.exit_code
    for key in result.conflicts:
        terminal.say(f"conflict in {arguments.path}: {key}")
    if result.conflicts:
        terminal.say(f"hint: choose a side in {arguments.path}, then sopskit reseal {arguments.path}")
        return ExitCode.FOUND
    return ExitCode.CLEAN
