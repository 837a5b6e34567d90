"""`sopskit edit`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from sopskit.cli.file_arguments import add_input_type
from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import SopskitError
    from sopskit.workflows.edit import Choice


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = (
        "The editor is $SOPS_EDITOR, or $EDITOR, or vim, nano or vi. A file that is not there yet is "
        "encrypted for the recipients of the rule that claims it."
    )
    parser.add_argument("file", metavar="FILE", help="the secret file")
    add_input_type(parser)
    parser.add_argument(
        "--ignore-mac",
        action="store_true",
        help="edit a file although its MAC does not match; it gets a new one",
    )
    parser.add_argument(
        "--resume",
        metavar="KEPT",
        help="go on from what an earlier edit could not save, instead of from FILE",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Decrypt, have it edited, encrypt."""
    from sopskit.cli.file_arguments import opened_engine, show_notes
    from sopskit.workflows.edit import edit
    from sopskit.workflows.edit_subjects import open_subject, resume
    from sopskit.workflows.editors import find_editor

    name = arguments.file
    editor = find_editor(os.environ)
    with opened_engine(arguments, terminal) as engine:
        subject = open_subject(
            engine,
            name,
            input_type=arguments.input_type,
            config=arguments.config,
            ignore_mac=arguments.ignore_mac,
        )
        if arguments.resume is not None:
            subject = resume(engine, subject, arguments.resume)
        show_notes(terminal, [(name, subject.notes)])

        def decide(error: SopskitError) -> Choice:
            return _decide(error, terminal)

        outcome = edit(subject, editor, decide if terminal.interactive else None, terminal.warn)
    show_notes(terminal, [(name, outcome.notes)])
    terminal.say(f"wrote {name}" if outcome.changed else f"{name} stays as it is: not changed")
    if arguments.resume is not None:
        terminal.say(f"{arguments.resume} is no longer needed")
    return ExitCode.CLEAN


def _decide(error: SopskitError, terminal: Terminal) -> Choice:
    """Ask what is to become of a text that cannot be saved."""
    import questionary

    from sopskit.workflows.edit import Choice

    terminal.error(error)
    choices = [
        questionary.Choice("go back to the editor", Choice.AGAIN),
        questionary.Choice("keep what I wrote, encrypted, beside the file", Choice.KEEP),
        questionary.Choice("discard what I wrote", Choice.DISCARD),
    ]
    return Choice(terminal.choose("The file was not saved. What now?", choices, "a terminal"))
