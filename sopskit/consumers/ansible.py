"""Ansible with the collection community.sops: its lookup, `load_vars`, and its vars plugin.

Source: https://docs.ansible.com/ansible/latest/collections/community/sops/. The vars plugin reads
`*.sops.{yaml,yml,json}` below `group_vars` and `host_vars`, where it is enabled.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from sopskit.consumers.interface import CannotTell
from sopskit.consumers.named_files import YAML, Named, consumer, folders_up, line_at, texts
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import Consumer, Source

_LOOKUP = re.compile(
    r"""\b(?:lookup|query|q)\(\s{0,100}['"]community\.sops\.sops['"]\s{0,100},\s{0,100}(?P<value>[^,)\n]*)"""
)
_LOAD = re.compile(r"^(?P<indent>[ -]*)community\.sops\.load_vars:[ \t]*(?P<inline>[^\n]*)", re.MULTILINE)
_FIELD = re.compile(r"^(?P<indent>[ ]*)file:[ \t]*(?P<value>[^#\n]+)")
_INLINE = re.compile(r"\bfile=(?P<value>[^\s]+)")
_QUOTED = re.compile(r"""^['"](?P<text>[^'"]*)['"]\s*$""")
_VARS = re.compile(r"(?:^|/)(?:group_vars|host_vars)/(?P<group>[^/]+)")
_ENDINGS = (".sops.yaml", ".sops.yml", ".sops.json")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every playbook or task file that names some, and every group and host with variables."""
    for path, text in texts(source, lambda path: path.endswith((*YAML, ".j2")), "community.sops"):
        yield from consumer(source, "ansible", path, path, names(path, text))
    yield from _variables(source)


def names(path: str, text: str) -> Iterator[Named]:
    """What a playbook, a task file or a template names."""
    for match in _LOOKUP.finditer(text):
        quoted = _QUOTED.match(match["value"])
        # A variable, or a text put together.
        name = quoted["text"] if quoted is not None else "{{}}"
        yield Named(name, line_at(text, match.start()), _folders(path, "files"))
    for match in _LOAD.finditer(text):
        line = line_at(text, match.start())
        inline = _INLINE.search(match["inline"])
        if inline is not None:
            yield Named(inline["value"].strip("\"'"), line, _folders(path, "vars"))
            continue
        indent, start = len(match["indent"]), match.end() + 1
        for offset, below in enumerate(text[start : start + 2000].split("\n"), start=1):
            field = _FIELD.match(below)
            if below.strip() and len(below) - len(below.lstrip()) <= indent:
                break
            if field is not None:
                yield Named(field["value"].strip().strip("\"'"), line + offset, _folders(path, "vars"))
                break


def _folders(path: str, kind: str) -> tuple[str, ...]:
    """Where Ansible looks: a role's `files` or `vars`, the folder of the file, those above it."""
    up = folders_up(path)
    return tuple(dict.fromkeys([*(posixpath.join(folder, kind) for folder in up[:2]), *up]))


def _variables(source: Source) -> Iterator[Consumer | CannotTell]:
    groups: dict[str, list[Named]] = {}
    for path in source.paths:
        if path.endswith(_ENDINGS) and path in source.encrypted and not _is_hidden(path):
            match = _VARS.search(path)
            if match is not None:
                group = path[: match.start("group")] + match["group"].removesuffix(_ending(match["group"]))
                groups.setdefault(group, []).append(Named(path, 1, ("",)))
    enabled = any(True for _ in texts(source, _is_configuration, "community.sops"))
    for group, named in groups.items():
        if enabled:
            yield from consumer(source, "ansible", group, named[0].name, named)
        else:
            message = (
                "Ansible reads it where the vars plugin community.sops.sops is enabled; no ansible.cfg does"
            )
            yield CannotTell("ansible", Place(named[0].name), message)


def _is_configuration(path: str) -> bool:
    return posixpath.basename(path) == "ansible.cfg"


def _is_hidden(path: str) -> bool:
    return posixpath.basename(path).startswith(".")


def _ending(name: str) -> str:
    return next((each for each in _ENDINGS if name.endswith(each)), "")
