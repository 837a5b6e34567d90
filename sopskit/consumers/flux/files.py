"""The files of one source (a git repository, as Flux has it) as Kustomizations see them."""

from __future__ import annotations

import posixpath
import sys
from bisect import bisect_left
from typing import TYPE_CHECKING

from sopskit.consumers.flux import objects as manifests
from sopskit.consumers.flux.overlays import NAMES, overlay
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.objects import Object
    from sopskit.consumers.flux.overlays import Overlay
    from sopskit.consumers.interface import Source

YAML = (".yaml", ".yml")
MANIFESTS = (*YAML, ".json")

_KEPT = 64 << 20  # characters of all texts together


class Files:
    """A source's files.

    Attributes:
        name: of the source; "" for the repository itself.
        source: reads them.
        all: every path.
    """

    def __init__(self, source: Source, name: str = "") -> None:
        self.name = name
        self.source = source
        self.all = frozenset(source.paths)
        self._texts: dict[str, str | None] = {}
        self._size = 0
        self._objects: dict[str, list[Object] | SopskitError] = {}
        self._overlays: dict[str, Overlay | SopskitError | None] = {}

    def text(self, path: str) -> str | None:
        """The text of a file; None where it cannot be read, or is too large."""
        if path not in self._texts:
            text = self.source.text(path)
            if self._size > _KEPT:
                return text
            self._size += len(text or "")
            self._texts[path] = text
        return self._texts[path]

    def objects(self, path: str) -> list[Object]:
        """The objects of a file.

        Raises:
            ConfigurationError: it is no YAML.
        """
        if path not in self._objects:
            try:
                self._objects[path] = manifests.objects(self.text(path) or "", path)
            except SopskitError as error:
                self._objects[path] = error
        found = self._objects[path]
        if isinstance(found, SopskitError):
            raise found
        return found

    def overlay(self, folder: str) -> Overlay | None:
        """What the `kustomization.yaml` of a folder says; None where it has none.

        Raises:
            ConfigurationError: it is no YAML.
        """
        if folder not in self._overlays:
            try:
                self._overlays[folder] = self._read_overlay(folder)
            except SopskitError as error:
                self._overlays[folder] = error
        found = self._overlays[folder]
        if isinstance(found, SopskitError):
            raise found
        return found

    def _read_overlay(self, folder: str) -> Overlay | None:
        for name in NAMES:
            path = join(folder, name)
            if path in self.all:
                roots = manifests.documents(self.text(path) or "", path)
                root = next((each for each in roots if isinstance(each, manifests.Map)), manifests.Map())
                return overlay(path, root)
        return None

    def is_folder(self, folder: str) -> bool:
        """Whether a file lies below it."""
        return next(self.below(folder), None) is not None

    def below(self, folder: str) -> Iterator[str]:
        """The files below a folder, sorted."""
        prefix = f"{folder}/" if folder else ""
        paths = self.source.paths
        for number in range(bisect_left(paths, prefix), bisect_left(paths, f"{prefix}{chr(sys.maxunicode)}")):
            yield paths[number]

    def manifests_below(self, folder: str) -> Iterator[str]:
        """What Flux makes a `kustomization.yaml` of where a folder has none.

        Source: fluxcd/pkg/kustomize, kustomize_generator.go, scanManifests.
        """
        below = list(self.below(folder))
        owned = {posixpath.dirname(each) for each in below if posixpath.basename(each) in NAMES}
        given: set[str] = set()
        for each in below:
            owner = _owner(each, folder, owned)
            if owner is None:
                if each.endswith(YAML):
                    yield each
            elif owner not in given:
                given.add(owner)
                yield owner


def join(folder: str, name: str) -> str:
    """A name in a folder, "" being the root."""
    return f"{folder}/{name}" if folder else name


def inside(folder: str, name: str) -> str | None:
    """A path seen from a folder, both relative to the source; "" is the root, None leads out of it."""
    path = posixpath.normpath(posixpath.join(folder, name))
    if path.startswith(("../", "/")) or path == "..":
        return None
    return "" if path == "." else path


def _owner(path: str, top: str, owned: set[str]) -> str | None:
    """The outermost folder between `top` and a file that has a `kustomization.yaml` of its own."""
    if not owned:
        return None
    start = len(top) + 1 if top else 0
    slash = path.find("/", start)
    while slash >= 0:
        if path[:slash] in owned:
            return path[:slash]
        slash = path.find("/", slash + 1)
    return None
