"""What is assigned to what, read from the line of a trigger: one file for each syntax.

Nothing is parsed as a whole: a file may be broken, huge, or a template. A syntax reads one line and what of
its surroundings says under which keys it stands, both within limits.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from sopskit.scanner.structure.assignment import Assignment, Line, line_at, with_default

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Assignment", "Line", "assignments", "line_at", "syntax_of", "with_default"]

_SYNTAXES = {
    "yaml": ("yaml", "yml", "sls", "eyaml"),
    "json": ("json", "json5", "jsonc", "tfstate", "webmanifest"),
    "notebook": ("ipynb",),
    "toml": ("toml",),
    "ini": ("ini", "cfg", "conf", "cnf", "properties", "prefs", "service", "network", "netdev", "desktop"),
    "dotenv": ("env", "envrc"),
    "hcl": ("tf", "tfvars", "hcl"),
    "nix": ("nix",),
    "shell": ("sh", "bash", "zsh", "ksh", "fish", "dockerfile", "containerfile"),
    "python": ("py", "pyi"),
    "xml": ("xml", "config", "csproj", "plist", "html", "xhtml"),
}
_BY_ENDING = {ending: syntax for syntax, endings in _SYNTAXES.items() for ending in endings}

#: Files that have no ending of their own.
_BY_NAME = {
    "dockerfile": "shell",
    "containerfile": "shell",
    "pipfile": "toml",
    ".npmrc": "ini",
    ".pypirc": "ini",
    ".gitconfig": "ini",
}
_ENVIRONMENTS = (".env.", "env.")


#: The interpreter of a script without an ending.
_SHEBANG = re.compile(rb"#![^\n]{0,80}?\b(?P<program>(?:ba|da|k|z|a)?sh|fish|python)(?:[0-9.]{0,5})(?:\s|$)")


def syntax_of(path: str, content: bytes = b"") -> str:
    """The syntax of a file by its name, or by the interpreter that it names; `code` where neither says it."""
    name = path.rpartition("/")[2].lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name.startswith(_ENVIRONMENTS):
        return "dotenv"
    known = _BY_ENDING.get(name.rpartition(".")[2])
    if known is None and (script := _SHEBANG.match(content)):
        return "python" if script["program"] == b"python" else "shell"
    return known or "code"


def assignments(content: bytes, line: Line, syntax: str) -> Iterator[Assignment]:
    """What a line assigns.

    Args:
        content: the text.
        line: of it, from `line_at`.
        syntax: from `syntax_of`.
    """
    yield from _reader(syntax)(content, line)


@cache
def _reader(syntax: str) -> Callable[[bytes, Line], Iterator[Assignment]]:
    read: Callable[[bytes, Line], Iterator[Assignment]] = import_module(f"{__name__}.{syntax}").read
    return read
