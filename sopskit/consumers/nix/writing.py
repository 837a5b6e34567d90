"""Text for a NixOS module that takes secrets out of files."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_PATH = re.compile(r"[A-Za-z0-9._+/-]+")


class Wanted(NamedTuple):
    """A secret that a module is to declare.

    Attributes:
        name: of the secret.
        path: of its file, relative to the repository.
        format: of it; `yaml` needs no word.
        key: in it; "" for the whole file.
    """

    name: str
    path: str
    format: str
    key: str


def module(wanted: Sequence[Wanted], at: str) -> str:
    """The text of a module that declares secrets.

    Args:
        wanted: each of another name.
        at: where the module will stand, relative to the repository; its paths begin there.
    """
    lines = ["{", "  sops.secrets = {"]
    for each in wanted:
        lines += [f"    {quoted(each.name)} = {{", f"      sopsFile = {path_literal(each.path, at)};"]
        if each.format != "yaml":
            lines.append(f"      format = {quoted(each.format)};")
        if each.key != each.name and each.format in ("yaml", "json"):
            lines.append(f"      key = {quoted(each.key)};")
        lines.append("    };")
    return "\n".join([*lines, "  };", "}", ""])


def quoted(text: str) -> str:
    """A Nix text: https://nix.dev/manual/nix/latest/language/string-literals."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def path_literal(path: str, at: str) -> str:
    """A path of the repository as a file of it writes it."""
    relative = posixpath.relpath(path, posixpath.dirname(at) or ".")
    if not relative.startswith("../"):
        relative = f"./{relative}"
    return relative if _PATH.fullmatch(relative) else f"(./. + {quoted(f'/{relative}')})"
