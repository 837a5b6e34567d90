"""Secret files that others name by a path: how the path is looked up, and what is said of it.

The readers that use this know "which files", and no more: not with whose key, unless `.sopskit.toml` says so.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.interface import CannotTell, Consumer
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sopskit.consumers.interface import Source

YAML = (".yaml", ".yml")

_KEPT = 64 << 20  # characters of all texts together
_MOST = 1_000  # names in one file
_TEMPLATE = re.compile(r"\$\{|\$\(|\{\{|\{%|[*?]|^[~$%]")


class Named(NamedTuple):
    """A path as it is written.

    Attributes:
        name: the path.
        line: where, from 1.
        folders: what it may be relative to, the likeliest first; "" is the root.
    """

    name: str
    line: int
    folders: tuple[str, ...]


def texts(source: Source, wanted: Callable[[str], bool], word: str) -> Iterator[tuple[str, str]]:
    """Path and text of the files that are wanted and not encrypted, and have a word in them."""
    kept: dict[str, str] = source.memo.setdefault("texts", {})
    for path in source.paths:
        if wanted(path) and path not in source.encrypted:
            text = kept.get(path)
            if text is None:
                text = source.text(path) or ""
                if source.memo.get("texts size", 0) < _KEPT:
                    source.memo["texts size"] = source.memo.get("texts size", 0) + len(text)
                    kept[path] = text
            if word in text:
                yield path, text


def line_at(text: str, position: int) -> int:
    """The line of a position, from 1."""
    return text.count("\n", 0, position) + 1


def consumer(
    source: Source,
    kind: str,
    name: str,
    path: str,
    names: Iterable[Named],
    *,
    namespace: str = "",
    only_encrypted: bool = False,
) -> Iterator[Consumer | CannotTell]:
    """One consumer of all secret files that are named, and what is not clear about them.

    Args:
        source: the repository.
        kind: of the consumer.
        name: of the consumer; `[consumers]` binds `KIND:NAME` to a host.
        path: of the file that names them.
        names: what it names.
        namespace: of the consumer.
        only_encrypted: such a file may name others that are no secrets; those are passed over.
    """
    found: dict[str, int] = {}
    text = source.text(path) or ""
    for number, each in enumerate(names):
        if number >= _MOST:
            yield CannotTell(kind, Place(path), "names too many files")
            break
        place = Place.of_line(path, text, each.line)
        if _TEMPLATE.search(each.name):
            if not only_encrypted:
                yield CannotTell(kind, place, "a file whose name is put together when it runs")
            continue
        file = look_up(source, each)
        if file is None:
            if not only_encrypted:
                yield CannotTell(kind, place, "a file out of the repository, or none that is there")
        elif file in source.encrypted or not only_encrypted:
            found.setdefault(file, each.line)
    if found:
        hosts = source.bindings.get(f"{kind}:{name}", ())
        place = Place.of_line(path, text, min(found.values()))
        for host in hosts or (None,):
            yield Consumer(kind, name, namespace, tuple(sorted(found)), host, place)


def look_up(source: Source, named: Named) -> str | None:
    """The file of the repository that is meant; None where there is none."""
    known = _paths(source)
    for folder in named.folders:
        path = posixpath.normpath(posixpath.join(folder, named.name))
        if path in known:
            return path
    return None


def _paths(source: Source) -> frozenset[str]:
    if "paths" not in source.memo:
        source.memo["paths"] = frozenset(source.paths)
    found: frozenset[str] = source.memo["paths"]
    return found


def folders_up(path: str) -> tuple[str, ...]:
    """The folder of a file, and all above it."""
    folder = posixpath.dirname(path)
    found = [folder]
    while folder and len(found) < _DEEPEST:
        folder = posixpath.dirname(folder)
        found.append(folder)
    return tuple(found)


_DEEPEST = 100


def is_named(path: str, names: Sequence[str], suffixes: tuple[str, ...] = ()) -> bool:
    """Whether a file has one of these names, or one of these endings."""
    name = posixpath.basename(path)
    return name in names or (bool(suffixes) and name.endswith(suffixes))
