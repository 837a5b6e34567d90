"""What `flux check` and `nix check` share: the audits of a kind of consumer, and what nobody can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode
    from sopskit.workflows.check import Report
    from sopskit.workflows.flux import Note

#: More notes than these are counted, not listed, unless -v.
_LISTED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options that both have."""
    from sopskit.cli.check import FORMATS

    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="only what is found in these files and folders"
    )
    parser.add_argument("--format", choices=FORMATS, default="text")


def show(report: Report, unclear: Iterable[Note], format_: str, terminal: Terminal, command: str) -> ExitCode:
    """Print a report, and a line for each note.

    Args:
        report: it.
        unclear: what nobody can tell.
        format_: one of those of `check`.
        terminal: where to.
        command: that the JSON names.
    """
    from sopskit.cli import check

    notes = list(unclear)
    check.show(report, format_, terminal, command, unclear=[each._asdict() for each in notes])
    _say(notes, terminal)
    return report.exit_code


def _say(notes: Sequence[Note], terminal: Terminal) -> None:
    from sopskit.text.shown import shown

    listed = notes if terminal.verbose else notes[:_LISTED]
    for note in listed:
        at = f"{shown(note.path)}:{note.line}" if note.line else shown(note.path)
        terminal.say(f"cannot tell: {at}: {shown(note.message)}")
    if len(listed) < len(notes):
        terminal.say(f"... and {len(notes) - len(listed)} more; -v lists them")


def named_paths(words: Sequence[str], option: str, form: str, missing: str) -> dict[str, str]:
    """The paths that an option gives to names, by name.

    Args:
        words: what was given, each `NAME=PATH`.
        option: as it is written.
        form: what is to be written, for a hint.
        missing: what is not there, for an error.

    Raises:
        UsageError: one is written otherwise.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, path = word.partition("=")
        if not equals or not name or not path:
            raise UsageError(f"{option} {word}: {missing}", hint=f"write {option} {form}")
        found[name] = path
    return found
