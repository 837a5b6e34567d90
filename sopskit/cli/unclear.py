"""Saying what nobody can tell from the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.flux import Note

#: More notes than these are counted, not listed, unless -v.
_LISTED = 10


def say_unclear(found: Sequence[Note], terminal: Terminal) -> None:
    """One line for each note."""
    from sopskit.text.shown import shown

    listed = found if terminal.verbose else found[:_LISTED]
    for note in listed:
        at = f"{shown(note.path)}:{note.line}" if note.line else shown(note.path)
        terminal.say(f"cannot tell: {at}: {shown(note.message)}")
    if len(listed) < len(found):
        terminal.say(f"... and {len(found) - len(listed)} more; -v lists them")
