"""The console script. What is asked most, and answered in a line, is answered without the whole command line.

These are exact command lines; every other one, and every one of which more is to be said, goes to `cli.main`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # importing typing takes 15 ms
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

#: Ways to write the one that hooks run.
_STAGED = (["scan", "--staged"], ["-q", "scan", "--staged"], ["scan", "-q", "--staged"])


def entry_point() -> NoReturn:
    """Run what `sys.argv` says, and end with its exit code."""
    try:
        is_answered = answered(sys.argv[1:])
    except KeyboardInterrupt:
        from sopskit.cli.main import interrupted

        sys.exit(interrupted())
    if not is_answered:
        from sopskit.cli.main import entry_point as run

        run()
    sys.exit(0)


def answered(arguments: Sequence[str]) -> bool:
    """Answer a command line that needs no more than this; returns whether it was one."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        return False
    if arguments == ["--version"]:
        from sopskit.version import __version__

        return _written(f"sopskit {__version__}\n")
    return arguments in _STAGED and _scanned(is_quiet="-q" in arguments)


def _scanned(*, is_quiet: bool) -> bool:
    from sopskit.output.amounts import clean_scan
    from sopskit.workflows.staged_quickly import clean

    read = clean(os.environ)
    if read is None:
        return False
    if read[0] == 0 and not is_quiet:
        sys.stderr.write("note: nothing is staged\n")
    return _written(f"{clean_scan(*read)}\n")


def _written(text: str) -> bool:
    """Write a result; where that fails, `cli.main` fails too, and says so."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        return False
    return True
