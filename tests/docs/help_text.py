"""The commands' --help, and the places of docs/reference/commands.md that show it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.cli.main import COMMANDS, build_parser
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    import argparse

PAGE = ROOT / "docs" / "reference" / "commands.md"

#: A marker, and the block under it: `<!-- help: add-host -->`.
SHOWN = re.compile(
    r"(?P<marker><!-- help: (?P<command>[\w -]+?) -->\n\n)```text\n(?P<text>.*?)```\n", re.DOTALL
)


def real(command: str) -> str:
    """What `sopskit COMMAND --help` prints; `sopskit` stands for no command."""
    parser = build_parser()
    if command == "sopskit":
        return parser.format_help()
    first, _, second = command.partition(" ")
    parser = _subparsers(parser)[first]
    return (_subparsers(parser)[second] if second else parser).format_help()


def _subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    actions = (action for action in parser._actions if action.dest.endswith("command"))
    choices = next(actions).choices
    assert isinstance(choices, dict)
    return choices


def shown() -> dict[str, str]:
    """What the page shows, by command."""
    return {match["command"]: match["text"] for match in SHOWN.finditer(PAGE.read_text())}


def commands() -> list[str]:
    """Every command that has a --help, the program itself first."""
    return ["sopskit", *COMMANDS]
