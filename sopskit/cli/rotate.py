"""`sopskit rotate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.clear_values import add_allow_clear
from sopskit.cli.file_arguments import add_input_type
from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.rotate import Rotation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="a secret file, which is changed in place")
    add_input_type(parser)
    parser.add_argument("-i", "--in-place", action="store_true", help="as always; sops needs it")
    parser.add_argument(
        "-n", "--dry-run", action="store_true", help="show what the rules change in them; exit 1"
    )
    add_allow_clear(parser)
    parser.add_argument(
        "--force", action="store_true", help="allow locking yourself out, after a confirmation that is typed"
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Rotate the files, all or none."""
    from sopskit.cli import clear_values, rendering
    from sopskit.inventory.governing import Configs
    from sopskit.inventory.plan import State
    from sopskit.output.text import count
    from sopskit.workflows import rotate, sources

    configs = Configs(arguments.config)
    named = [sources.source(name, arguments.input_type) for name in arguments.files]
    rotations = rotate.plan(named, configs)
    plans = [each.plan for each in rotations]
    narrowed = rotate.narrowings(rotations)
    if arguments.dry_run:
        clear_values.show(terminal, narrowed)
        text = rendering.file_lines(plans, configs.names(), verbose=terminal.verbose)
        terminal.result(f"{text}\n{count(len(plans), 'file')} to rotate")
        return ExitCode.FOUND
    changing = [plan for plan in plans if plan.state is not State.IN_SYNC]
    for line in rendering.file_lines(changing, configs.names(), verbose=terminal.verbose).splitlines():
        terminal.say(line)
    clear_values.show(terminal, narrowed)
    if clear_values.are_accepted(arguments, terminal, narrowed):
        _rotate(arguments, terminal, rotations)
        return ExitCode.CLEAN
    left = {each.path for each in narrowed}
    _rotate(arguments, terminal, [each for each in rotations if each.plan.path not in left])
    return ExitCode.FOUND


def _rotate(arguments: argparse.Namespace, terminal: Terminal, rotations: Sequence[Rotation]) -> None:
    from sopskit.cli import file_arguments
    from sopskit.cli.confirming import accept_losses
    from sopskit.output.text import count
    from sopskit.workflows import guard, opening, rotate

    if not rotations:
        return
    with (
        file_arguments.opened_engine(arguments, terminal) as engine,
        terminal.progress("rotating") as report,
    ):
        plans = [each.plan for each in rotations]
        losses = list(guard.lockout(plans, opening.find_keys(terminal.passphrase)))
        if losses:
            accept_losses(arguments, terminal, losses)
        done = rotate.rotate_files(engine, rotations, jobs=arguments.jobs, report=report)
    file_arguments.show_notes(terminal, [(each.name, each.notes) for each in done])
    terminal.say(f"rotated {count(len(done), 'file')}")
