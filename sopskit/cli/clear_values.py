"""What is encrypted now and in clear by the rules: shown, and written only where that is accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.narrowing import Narrowing

#: More keys of a file than this, and more files, are counted, not listed, unless -v.
_KEYS, _FILES = 4, 10


def add_allow_clear(parser: argparse._ActionsContainer) -> None:
    """Declare the option."""
    parser.add_argument(
        "--allow-clear",
        action="store_true",
        help="write values in clear that are encrypted now, where their rule says so; --yes does not",
    )


def show(terminal: Terminal, narrowings: Sequence[Narrowing]) -> None:
    """Warn of what would be in clear: files and keys."""
    from sopskit.output.text import count

    listed = narrowings if terminal.verbose else narrowings[:_FILES]
    for each in listed:
        text = _listed(each, verbose=terminal.verbose)
        terminal.warn(f"encrypted now, and in clear by its rule: {each.path} ({text})")
    if len(listed) < len(narrowings):
        terminal.warn(f"... and {count(len(narrowings) - len(listed), 'more file')}; -v lists them")


def are_accepted(arguments: argparse.Namespace, terminal: Terminal, narrowings: Sequence[Narrowing]) -> bool:
    """Whether a person has it so, by --allow-clear or by typing it; else these files are to be left.

    Raises:
        UsageError: nobody can be asked.
    """
    from sopskit.output.text import count

    if not narrowings or arguments.allow_clear:
        return True
    files = count(len(narrowings), "file")
    if not terminal.interactive:
        raise UsageError(
            f"encrypted values would be in clear in {files}, {narrowings[0].path} for one",
            hint="correct the rule's selector or its path_regex; --allow-clear if it is right"
            " (--yes does not stand for it)",
        )
    question = f"Write them in clear in {files}? Anything else leaves these as they are"
    if terminal.is_typed(question, "in clear"):
        return True
    terminal.say(f"left as they are: {files}")
    return False


def _listed(narrowing: Narrowing, *, verbose: bool) -> str:
    """`data.token, data.user, 3 more values, 2 comments`."""
    from sopskit.output.text import count
    from sopskit.text.shown import shown

    keys = narrowing.keys if verbose else narrowing.keys[:_KEYS]
    parts = [shown(key)[:120] for key in keys]
    if len(keys) < len(narrowing.keys):
        parts.append(count(len(narrowing.keys) - len(keys), "more value"))
    if narrowing.comments:
        parts.append(count(narrowing.comments, "comment"))
    return ", ".join(parts)
