"""The editor that a person wants, as sops finds it (cmd/sops/edit.go, `runEditor`)."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from sopskit import process
from sopskit.errors import ToolMissingError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLES = ("SOPS_EDITOR", "EDITOR")
_DEFAULTS = ("vim", "nano", "vi")

#: Vim keeps what was yanked, and with some settings swap files, backups and undo files, in the home folder.
_VIM = re.compile(r"[gmn]?vim(\.\w+)?")
_NOTHING_ELSEWHERE = ("-n", "-i", "NONE", "-c", "set noundofile nobackup nowritebackup")


def find_editor(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The editor's program and arguments; the file's name comes behind them.

    Args:
        environ: `SOPS_EDITOR`, then `EDITOR`, are words as a shell would split them; without either vim,
            nano and vi are looked for on PATH.

    Raises:
        UsageError: the variable has quotes that do not close.
        ToolMissingError: the program is not installed, or none is.
    """
    for variable in _VARIABLES:
        words = _words(variable, environ.get(variable, ""))
        if words:
            try:
                process.find(words[0])
            except ToolMissingError as error:
                raise ToolMissingError(f"{error.message}; ${variable} names it", hint=error.hint) from None
            return _private(words)
    found = next((name for name in _DEFAULTS if process.which(name)), None)
    if found is None:
        raise ToolMissingError(
            f"no editor: none of {', '.join(_DEFAULTS)} is installed",
            hint="set SOPS_EDITOR or EDITOR to the editor's name",
        )
    return _private([found])


def _words(variable: str, text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise UsageError(
            f"${variable} has quotes that do not close", hint="it is split into words as a shell does"
        ) from None


def _private(words: list[str]) -> tuple[str, ...]:
    program, *arguments = words
    real = os.path.realpath(process.find(program))  # vi may be a link to vim
    if any(_VIM.fullmatch(path.rpartition("/")[2]) for path in (program, real)):
        return (program, *_NOTHING_ELSEWHERE, *arguments)
    return tuple(words)
