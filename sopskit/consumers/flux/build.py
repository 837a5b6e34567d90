"""What one Flux Kustomization builds: every file that it takes in, in which overlays, and what stops it.

It goes the way of kustomize: resources, bases and components, down from `spec.path`. Nothing is fetched, and
nothing outside the source is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux.files import inside
from sopskit.consumers.flux.overlays import Overlay, Reference
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.overlays import Generated, Patch

MOST = 20_000  # files and folders that one Kustomization may lead to
MOST_LAYERS = 1_000  # overlays among them: one folder may be met again and again
_DEEPEST = 50


class Layer:
    """An overlay in its place.

    Attributes:
        overlay: it.
        parts: the components that it takes in, which change what it takes in as its own patches do.
        outer: the layer that takes it in; of a component, the layer that it is a part of.
        decrypts: Flux decrypts what its generators read, before kustomize does: it comes to it by `resources`
            and `components`, not by `bases` (kustomize-controller, decryptor.go, recurseKustomizationFiles).
        depth: how many layers are around it.
    """

    def __init__(self, overlay: Overlay, outer: Layer | None, *, decrypts: bool) -> None:
        self.overlay = overlay
        self.parts: list[Overlay] = []
        self.outer = outer
        self.decrypts = decrypts
        self.depth: int = outer.depth + 1 if outer is not None else 0

    def outward(self) -> Iterator[Layer]:
        """This layer, and those around it."""
        layer: Layer | None = self
        while layer is not None:
            yield layer
            layer = layer.outer

    def overlays(self) -> Iterator[Overlay]:
        """Whatever changes what this layer takes in, in the order in which it does."""
        for layer in self.outward():
            yield from layer.parts
            yield layer.overlay

    def namespace(self) -> str:
        """The namespace that it is put into in the end; "" where it keeps its own."""
        found = ""
        for overlay in self.overlays():
            found = overlay.namespace or found
        return found


class Applied(NamedTuple):
    """A file of manifests that is taken in."""

    path: str
    layer: Layer


class GeneratedRead(NamedTuple):
    """A file that a generator reads."""

    path: str
    what: Generated
    layer: Layer


class PatchRead(NamedTuple):
    """The file of a patch."""

    path: str
    what: Patch
    layer: Layer


class Problem(NamedTuple):
    """What stops a build, or what could not be followed.

    Attributes:
        path: the file that names it; "" for the Flux Kustomization itself.
        line: in that file; 0 for none.
        message: lowercase.
        stops: kustomize or Flux fails there; else it is not known what stands there.
    """

    path: str
    line: int
    message: str
    stops: bool


class Build(NamedTuple):
    """What a Kustomization builds.

    Attributes:
        applied: its manifests, in the order in which they are met.
        generated: what its generators read.
        patches: the files of its patches.
        layers: every overlay.
        problems: what stops it, or is not known.
    """

    applied: tuple[Applied, ...]
    generated: tuple[GeneratedRead, ...]
    patches: tuple[PatchRead, ...]
    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]


def build(files: Files, folder: str, extra: Overlay, most: int = MOST) -> Build:
    """Build from a folder.

    Args:
        files: of the source.
        folder: `spec.path`, relative to the source, "" for its root.
        extra: what the Flux Kustomization adds: its components.
        most: files and folders that are followed.
    """
    walk = _Walk(files, most)
    walk.start(folder, extra)
    return Build(
        tuple(walk.applied),
        tuple(walk.generated),
        tuple(walk.patches),
        tuple(walk.layers),
        tuple(walk.problems),
    )


class _Walk:
    def __init__(self, files: Files, most: int) -> None:
        self.applied: list[Applied] = []
        self.generated: list[GeneratedRead] = []
        self.patches: list[PatchRead] = []
        self.layers: list[Layer] = []
        self.problems: list[Problem] = []
        self._files = files
        self._most = most
        self._pending: list[tuple[str, Layer | None, bool]] = []

    def start(self, folder: str, extra: Overlay) -> None:
        if not self._files.is_folder(folder):
            self._problem("", 0, f"spec.path {folder or '.'} is not there", stops=True)
            return
        outer = Layer(extra, None, decrypts=True)
        self.layers.append(outer)
        self._folder(folder, outer, decrypts=True, made=True)
        self._components(Overlay("", folder, components=extra.components), outer)
        while self._pending:
            path, layer, decrypts = self._pending.pop()
            self._folder(path, layer, decrypts=decrypts)

    def _folder(self, folder: str, outer: Layer | None, *, decrypts: bool, made: bool = False) -> None:
        # A folder may be met again: what is around it may put it into another namespace.
        if len(self.layers) > MOST_LAYERS or len(self.layers) + len(self.applied) > self._most:
            self._problem("", 0, "leads to too many files to be followed", stops=False)
            self._pending.clear()
            return
        overlay = self._overlay(folder, made=made)
        if overlay is None:
            return
        layer = Layer(overlay, outer, decrypts=decrypts)
        if layer.depth > _DEEPEST:
            self._problem(overlay.path, 0, "is nested too deeply to be followed", stops=False)
            return
        self.layers.append(layer)
        self._take(overlay, layer)

    def _overlay(self, folder: str, *, made: bool) -> Overlay | None:
        """The overlay of a folder; of the first Flux makes one."""
        try:
            found = self._files.overlay(folder)
        except SopskitError as error:
            self._problem(error.path or folder, error.line or 0, error.message, stops=True)
            return None
        if found is not None or not made:
            return found
        start = len(folder) + 1 if folder else 0
        names = (Reference(path[start:], 0) for path in self._files.manifests_below(folder))
        return Overlay("", folder, tuple(names))

    def _take(self, overlay: Overlay, layer: Layer) -> None:
        for name in overlay.resources:
            self._resource(name, overlay, layer, decrypts=layer.decrypts)
        for name in overlay.bases:
            self._resource(name, overlay, layer, decrypts=False)
        self._components(overlay, layer)
        for each in overlay.generated:
            path = self._file(each.source, overlay)
            if path is not None:
                self.generated.append(GeneratedRead(path, each, layer))
        for patch in overlay.patches:
            path = self._file(patch.source, overlay) if patch.source is not None else None
            if path is not None:
                self.patches.append(PatchRead(path, patch, layer))

    def _resource(self, name: Reference, overlay: Overlay, layer: Layer, *, decrypts: bool) -> None:
        path = self._inside(name, overlay)
        if path is None:
            return
        if path in self._files.all:
            self.applied.append(Applied(path, layer))
        elif not self._files.is_folder(path):
            self._missing(name, overlay)
        elif any(_holds(path, each.overlay.folder) for each in layer.outward()):
            self._problem(
                overlay.path, name.line, f"takes in {name.name}, which it is in: a cycle", stops=True
            )
        elif self._has_overlay(path, name, overlay):
            self._pending.append((path, layer, decrypts))

    def _has_overlay(self, path: str, name: Reference, overlay: Overlay) -> bool:
        try:
            found = self._files.overlay(path) is not None
        except SopskitError:
            return True  # which is said where it is read
        if not found:
            message = f"takes in the folder {name.name}, which has no kustomization.yaml"
            self._problem(overlay.path, name.line, message, stops=True)
        return found

    def _components(self, overlay: Overlay, layer: Layer) -> None:
        """A component is a part of what takes it in; it may have parts of its own."""
        pending, depth = [(overlay, name) for name in overlay.components], 0
        seen: set[str] = set()
        while pending and depth < MOST:
            depth += 1
            by, name = pending.pop(0)
            path = self._inside(name, by)
            if path is None or path in seen:
                continue
            seen.add(path)
            part = self._component(path, name, by)
            if part is None:
                continue
            layer.parts.append(part)
            inner = Layer(
                part._replace(patches=(), namespace="", metadata=()), layer, decrypts=layer.decrypts
            )
            self.layers.append(inner)
            self._take(part._replace(components=()), inner)
            pending += [(part, each) for each in part.components]

    def _component(self, path: str, name: Reference, by: Overlay) -> Overlay | None:
        if not self._files.is_folder(path):
            self._missing(name, by)
            return None
        part = self._overlay(path, made=False)
        if part is None and self._has_overlay(path, name, by):
            return None
        return part

    def _file(self, source: Reference, overlay: Overlay) -> str | None:
        """The path of a file that is to be read; None where it is not there."""
        path = self._inside(source, overlay)
        if path is not None and path not in self._files.all:
            self._missing(source, overlay)
            return None
        return path

    def _inside(self, name: Reference, overlay: Overlay) -> str | None:
        """The path of a name; None for one that is not in the source."""
        if name.is_remote:
            self._problem(overlay.path, name.line, f"takes {name.name} from the network", stops=False)
            return None
        path = inside(overlay.folder, name.name)
        if path is None or name.name.startswith("/"):
            self._problem(
                overlay.path, name.line, f"takes {name.name} from outside the repository", stops=True
            )
            return None
        return path

    def _missing(self, name: Reference, overlay: Overlay) -> None:
        self._problem(overlay.path, name.line, f"names {name.name}, which is not there", stops=True)

    def _problem(self, path: str, line: int, message: str, *, stops: bool) -> None:
        self.problems.append(Problem(path, line, message, stops))


def _holds(folder: str, other: str) -> bool:
    """Whether a folder is another one, or lies around it."""
    return folder in ("", other) or other.startswith(f"{folder}/")
