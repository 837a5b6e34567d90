"""helmfile: the `secrets:` lists of releases and environments, and `ref+sops://` of vals.

A helmfile is a Go template, so that it is read by its lines. Source:
https://helmfile.readthedocs.io/en/latest/#configuration and https://github.com/helmfile/vals#sops.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from sopskit.consumers.named_files import Named, consumer, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import CannotTell, Consumer, Source

_SUFFIXES = (".yaml", ".yml", ".yaml.gotmpl", ".yml.gotmpl")
_KEY = re.compile(r"^(?P<indent>[ -]*)secrets:[ \t]*(?P<flow>\[[^\]]*\])?[ \t]*(?:#.*)?$")
_ITEM = re.compile(r"^(?P<indent> *)-[ \t]+(?P<name>[^#\n]+)")
_VALS = re.compile(r"ref\+sops://(?P<name>[^\s\"'#?]+)")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every helmfile, by its path."""
    for path, text in texts(source, is_helmfile, ""):
        yield from consumer(source, "helmfile", path, path, names(path, text))


def is_helmfile(path: str) -> bool:
    """`helmfile.yaml`, and what lies in a `helmfile.d`; templates too."""
    name = posixpath.basename(path)
    folder = posixpath.basename(posixpath.dirname(path))
    return name.endswith(_SUFFIXES) and (name.startswith("helmfile") or folder == "helmfile.d")


def names(path: str, text: str) -> Iterator[Named]:
    """What a helmfile names."""
    folder = posixpath.dirname(path)
    indent: int | None = None  # of the key whose items are read
    for number, line in enumerate(text.splitlines(), start=1):
        if indent is not None and line.strip() and not line.lstrip().startswith(("#", "{{")):
            item = _ITEM.match(line)
            if item is not None and len(item["indent"]) >= indent:
                yield Named(_plain(item["name"]), number, (folder,))
                continue
            indent = None
        key = _KEY.match(line)
        if key is not None and key["flow"]:
            for name in key["flow"][1:-1].split(","):
                yield Named(_plain(name), number, (folder,))
        elif key is not None:
            indent = len(key["indent"])
        for match in _VALS.finditer(line):
            yield Named(match["name"], number, (folder,))


def _plain(name: str) -> str:
    return name.strip().strip("\"'")
