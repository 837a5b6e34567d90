"""`sopskit textconv`, which git runs to show a readable diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", metavar="FILE", type=Path, help="what git names: a file of one version")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Print the plaintext; where no identity opens the file, the file as it is, so that git goes on."""
    from sopskit.cli.opening import engine_opener
    from sopskit.workflows.git_drivers import text_of

    text, problem = text_of(engine_opener(arguments, terminal), arguments.file)
    if problem is not None:
        terminal.warn(f"not decrypted: {problem.message}")
    terminal.data(text)
    return ExitCode.CLEAN
