"""Flux: Kustomizations that decrypt with SOPS, and the secret files that they apply.

Source: https://fluxcd.io/flux/components/kustomize/kustomizations/ (`spec.path`, `spec.decryption`, and the
`kustomization.yaml` that Flux makes where a folder has none) and kubectl.docs.kubernetes.io for kustomize.
"""

from __future__ import annotations

import posixpath
import sys
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.interface import CannotTell, Consumer
from sopskit.errors import SopskitError
from sopskit.findings import Place
from sopskit.text import yaml_tree
from sopskit.text.yaml_tree import Mapping, Scalar, Sequence, get

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import Source
    from sopskit.text.yaml_tree import Document, Node

_API = "kustomize.toolkit.fluxcd.io/"
_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_YAML = (".yaml", ".yml")
_MOST = 10_000  # folders and files that one Kustomization may lead to


class _Kustomization(NamedTuple):
    """A Flux Kustomization that decrypts.

    Attributes:
        name: its name.
        namespace: "" where none is written.
        path: the folder that it applies, relative to the repository; None where that is not written plainly.
        secret: the name of the Secret that holds its key; "" for none.
        source: the kind of its source.
        place: where it stands.
    """

    name: str
    namespace: str
    path: str | None
    secret: str
    place: Place


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every Kustomization with `spec.decryption.provider: sops`."""
    for path in source.paths:
        if not path.endswith(_YAML) or path in source.encrypted:
            continue
        text = source.text(path)
        if text is None or _API not in text or "decryption" not in text:
            continue
        try:
            document = yaml_tree.parse(text, path)
        except SopskitError:
            yield CannotTell("flux", Place(path), "is no plain YAML")
            continue
        for root in document.roots:
            found = _kustomization(document, root, path)
            if found is not None:
                yield from _consumer(source, found)


def _kustomization(document: Document, root: Node, path: str) -> _Kustomization | None:
    if not _text(document, root, "apiVersion").startswith(_API):
        return None
    if _text(document, root, "kind") != "Kustomization":
        return None
    if _text(document, root, "spec", "decryption", "provider") != "sops":
        return None
    folder = _text(document, root, "spec", "path") or "."
    return _Kustomization(
        _text(document, root, "metadata", "name"),
        _text(document, root, "metadata", "namespace"),
        _inside("", folder.lstrip("/")) if "${" not in folder else None,
        _text(document, root, "spec", "decryption", "secretRef", "name"),
        Place.of_line(path, document.text, document.line(root.span.start)),
    )


def _text(document: Document, node: Node, *keys: str) -> str:
    """The text at a path of keys; "" where there is none."""
    found: Node | None = node
    for key in keys:
        found = get(document.resolved(found), key) if found is not None else None
    content = document.resolved(found) if found is not None else None
    return content.value if isinstance(content, Scalar) else ""


def _inside(folder: str, path: str) -> str | None:
    """A path seen from a folder, both relative to the repository; None where it leads out."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return None if joined.startswith(("../", "/")) or joined == ".." else joined


def _consumer(source: Source, found: _Kustomization) -> Iterator[Consumer | CannotTell]:
    walk = _Walk(source)
    if found.path is None:
        yield CannotTell("flux", found.place, "its spec.path is put together when it runs")
    else:
        walk.add(found.path)
    for message in walk.unclear:
        yield CannotTell("flux", found.place, message)
    paths = tuple(sorted(walk.files & source.encrypted))
    host = _bound_host(source, found)
    yield Consumer("flux", found.name, found.namespace, paths, host, found.place)


def _bound_host(source: Source, found: _Kustomization) -> str | None:
    """The host that `[consumers]` binds the Secret to; CLUSTER is a folder above the Kustomization's file."""
    tail = f"/{found.namespace or 'flux-system'}/{found.secret}"
    folders = found.place.path.split("/")[:-1]
    for name, hosts in source.bindings.items():
        cluster = name.removeprefix("flux:").removesuffix(tail)
        if name == f"flux:{cluster}{tail}" and cluster in folders and hosts:
            return hosts[0]
    return None


class _Walk:
    """Which files a folder applies.

    Attributes:
        files: those found so far.
        unclear: what was not followed.
    """

    def __init__(self, source: Source) -> None:
        self.files: set[str] = set()
        self.unclear: list[str] = []
        self._source = source
        self._all = frozenset(source.paths)

    def add(self, start: str) -> None:
        """Follow a folder or a file, and all that it names."""
        pending, seen = [start], {start}
        while pending:
            path = pending.pop()
            for each in self._named_by(path):
                if each not in seen and len(seen) < _MOST:
                    seen.add(each)
                    pending.append(each)

    def _named_by(self, path: str) -> Iterator[str]:
        if path in self._all:
            self.files.add(path)
            return
        prefix = "" if path == "." else f"{path}/"
        own = next((prefix + name for name in _FILES if prefix + name in self._all), None)
        if own is not None:
            yield from self._listed(own, "" if path == "." else path)
            return
        paths = self._source.paths
        below = paths[bisect_left(paths, prefix) : bisect_left(paths, f"{prefix}{chr(sys.maxunicode)}")]
        if not below:
            self.unclear.append(f"{path or '.'} is not in this repository")
        # Flux makes a kustomization.yaml of all below it; a folder that has one of its own counts as one.
        owned = {posixpath.dirname(each) for each in below if posixpath.basename(each) in _FILES}
        for each in below:
            folder = _owner(each, owned)
            if folder is not None:
                yield folder
            elif each.endswith(_YAML):
                yield each

    def _listed(self, path: str, folder: str) -> Iterator[str]:
        """What a `kustomization.yaml` names."""
        text = self._source.text(path)
        try:
            document = yaml_tree.parse(text or "", path)
        except SopskitError:
            self.unclear.append(f"{path} is no plain YAML")
            return
        for root in document.roots:
            for name in _names(document, root):
                place = _inside(folder, name)
                if place is None or "://" in name or name.startswith(("github.com/", "git@")):
                    self.unclear.append(f"{path} takes something from elsewhere")
                else:
                    yield place


def _owner(path: str, owned: set[str]) -> str | None:
    """The outermost folder above a file that has a kustomization.yaml of its own."""
    parts = path.split("/")[:-1]
    folders = ("/".join(parts[: count + 1]) for count in range(len(parts)))
    return next((folder for folder in folders if folder in owned), None)


_LISTS = ("resources", "components", "bases", "patchesStrategicMerge", "crds")
_GENERATORS = ("secretGenerator", "configMapGenerator")


def _names(document: Document, root: Node) -> Iterator[str]:
    """The files and folders that a `kustomization.yaml` names; what is text within it is none."""
    for field in _LISTS:
        yield from _texts(document, get(root, field))
    for patch in _items(document, get(root, "patches")):
        yield from filter(None, (_text(document, patch, "path"),))
    for field in _GENERATORS:
        for generator in _items(document, get(root, field)):
            for name in (
                *_texts(document, get(generator, "files")),
                *_texts(document, get(generator, "envs")),
            ):
                yield name.partition("=")[2] or name


def _items(document: Document, node: Node | None) -> tuple[Node, ...]:
    content = document.resolved(node) if node is not None else None
    return tuple(map(document.resolved, content.items)) if isinstance(content, Sequence) else ()


def _texts(document: Document, node: Node | None) -> Iterator[str]:
    for item in _items(document, node):
        if isinstance(item, Scalar) and item.value and "\n" not in item.value:
            yield item.value
        elif isinstance(item, Mapping):
            yield from filter(None, (_text(document, item, "path"),))
