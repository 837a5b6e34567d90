"""Flux Kustomizations as the controller gets them, once parents and overlays have patched them.

Source: fluxcd/kustomize-controller, docs/spec/v1/kustomizations.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux.build import MOST, Build, build
from sopskit.consumers.flux.files import MANIFESTS, Files, inside
from sopskit.consumers.flux.index import Index
from sopskit.consumers.flux.objects import Map, get, items, line_of, text
from sopskit.consumers.flux.overlays import Overlay, patches, references
from sopskit.consumers.flux.patches import Edit, edits, patched
from sopskit.consumers.flux.substitution import substituted
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.build import Layer
    from sopskit.consumers.flux.objects import Object
    from sopskit.consumers.interface import Source

API = "kustomize.toolkit.fluxcd.io/"

_MOST_OF_ALL = 400_000  # files and folders that all Kustomizations together may lead to

Key = tuple[str, str, int]  # source, path and number of an object


class Kustomization(NamedTuple):
    """A Flux Kustomization in a cluster.

    Attributes:
        root: its content in the end.
        written: its content as it stands in its file.
        path: of its file.
        source: where its file stands; "" for the repository itself.
        namespace: that it is in; "" where none is written.
        clusters: folders that the cluster may go by: those above it and above its entry point.
        files: what it builds from; None where that is not here.
        folder: `spec.path`, relative to that; None where it is not known, or leads out.
        build: what it builds; None where that is not known.
        is_entry: nothing in the repository applies it; whether somebody does is not known.
        unclear: why not.
    """

    root: Map
    written: Map
    path: str
    source: str
    namespace: str
    clusters: frozenset[str]
    files: Files | None
    folder: str | None
    build: Build | None
    is_entry: bool = False
    unclear: str = ""

    @property
    def name(self) -> str:
        """`metadata.name`."""
        return text(self.root, "metadata", "name")

    @property
    def provider(self) -> str:
        """`spec.decryption.provider`."""
        return text(self.root, "spec", "decryption", "provider")

    @property
    def decrypts(self) -> bool:
        """Whether it decrypts with SOPS."""
        return self.provider == "sops"

    @property
    def secret(self) -> str:
        """The name of the Secret that holds its keys; "" for none."""
        return text(self.root, "spec", "decryption", "secretRef", "name")

    @property
    def target_namespace(self) -> str:
        """That it puts everything into; "" for none."""
        return text(self.root, "spec", "targetNamespace")

    def namespace_of(self, layer: Layer, own: str) -> str:
        """The namespace in the end of what is taken in at a layer; "" where none is written."""
        return self.target_namespace or layer.namespace() or own

    def line(self, *keys: str) -> int:
        """The line of a field, or of the nearest around it that is written in its file."""
        return line_of(self.written, *keys)


class World:
    """All sources, and the Kustomizations in them."""

    def __init__(self, source: Source) -> None:
        self.files = {"": Files(source), **{name: Files(each, name) for name, each in source.others.items()}}
        self.indexes = {name: Index(files) for name, files in self.files.items()}
        self.problems: list[tuple[str, int]] = []
        self.written: dict[Key, Object] = {}
        for name, files in self.files.items():
            self._discover(name, files)
        self._left = _MOST_OF_ALL
        self._builds: dict[tuple[str, str, tuple[str, ...]], Build] = {}
        self._edits: dict[int, tuple[Overlay, list[Edit]]] = {}

    def _discover(self, source: str, files: Files) -> None:
        for path in files.source.paths:
            if not path.endswith(MANIFESTS) or path in files.source.encrypted:
                continue
            content = files.text(path)
            if content is None or API not in content or "Kustomization" not in content:
                continue
            try:
                found = files.objects(path)
            except SopskitError as error:
                if not source:
                    self.problems.append((path, error.line or 0))
                continue
            for each in found:
                if each.kind == "Kustomization" and each.api_version.startswith(API):
                    self.written[source, path, each.number] = each

    def find(self, name: str, *kinds: str) -> Iterator[tuple[str, Object]]:
        """The objects of a name in all sources, each with its source."""
        for source, index in self.indexes.items():
            for each in index.find(name, *kinds):
                yield source, each

    def kustomizations(self) -> list[Kustomization]:
        """Every Kustomization of every cluster, from the entry points on."""
        reached: set[Key] = set()
        for key, each in self.written.items():
            reached |= set(self._children(self._made(key, each.root, "", frozenset()))) - {key}
        found: list[Kustomization] = []
        visited: set[Key] = set()
        for key in sorted(self.written, key=lambda key: (key in reached, key)):
            if key not in reached or key not in visited:  # those last go round in a circle
                cluster = self._cluster(key)
                visited |= set(cluster)
                found += cluster.values()
        return found

    def _cluster(self, entry: Key) -> dict[Key, Kustomization]:
        """What an entry point leads to, itself included."""
        written = self.written[entry]
        folders = frozenset(_folders(written.path) + _folders(f"{text(written.root, 'spec', 'path')}/"))
        top = self._made(entry, written.root, written.namespace, folders)
        for _ in range(2):  # it may apply itself: what it then says of itself counts
            layer = self._children(top).get(entry)
            if layer is not None:
                top = self._child(top, entry, layer, folders)
        top = top._replace(is_entry=True)
        found, pending = {entry: top}, [top]
        while pending:
            parent = pending.pop(0)
            for key, layer in self._children(parent).items():
                if key not in found:
                    child = found[key] = self._child(parent, key, layer, folders)
                    pending.append(child)
        return found

    def _child(self, parent: Kustomization, key: Key, layer: Layer, folders: frozenset[str]) -> Kustomization:
        written = self.written[key]
        root = written.root
        for overlay in layer.overlays():
            for edit in self._edits_of(overlay, key[0]):
                root = patched(root, edit)
        for edit in self._edits_of_spec(parent):
            root = patched(root, edit)
        root = substituted(root, self.variables(parent)) if get(parent.root, "spec", "postBuild") else root
        namespace = parent.namespace_of(layer, text(root, "metadata", "namespace"))
        return self._made(key, root, namespace, folders)

    def variables(self, parent: Kustomization) -> dict[str, str]:
        """The variables of `postBuild` whose values stand in the repository in clear."""
        found: dict[str, str] = {}
        for each in items(parent.root, "spec", "postBuild", "substituteFrom"):
            if text(each, "kind") == "ConfigMap":
                for _, config_map in self.find(text(each, "name"), "ConfigMap"):
                    found |= _texts(get(config_map.root, "data"))
        return found | _texts(get(parent.root, "spec", "postBuild", "substitute"))

    def _edits_of_spec(self, parent: Kustomization) -> Iterator[Edit]:
        for patch in patches(get(parent.root, "spec")):
            yield from edits(patch, None, parent.path)

    def _edits_of(self, overlay: Overlay, source: str) -> list[Edit]:
        if id(overlay) not in self._edits:
            found: list[Edit] = []
            for patch in overlay.patches:
                path = inside(overlay.folder, patch.source.name) if patch.source is not None else ""
                content = self.files[source].text(path) if path in self.files[source].all else None
                found += edits(patch, content, path or "")
            relevant = [each for each in found if _may_be_for_flux(each)]
            self._edits[id(overlay)] = (overlay, relevant)
        return self._edits[id(overlay)][1]

    def _children(self, parent: Kustomization) -> dict[Key, Layer]:
        """The Kustomizations that one applies, and where it takes each in."""
        found: dict[Key, Layer] = {}
        if parent.build is None or parent.files is None:
            return found
        by_path = self._by_path
        for applied in parent.build.applied:
            for key in by_path.get((parent.files.name, applied.path), ()):
                found.setdefault(key, applied.layer)
        return found

    @property
    def _by_path(self) -> dict[tuple[str, str], list[Key]]:
        if not hasattr(self, "_paths"):
            self._paths: dict[tuple[str, str], list[Key]] = {}
            for key in self.written:
                self._paths.setdefault(key[:2], []).append(key)
        return self._paths

    def _made(self, key: Key, root: Map, namespace: str, folders: frozenset[str]) -> Kustomization:
        source, path, _ = key
        clusters = folders | frozenset(_folders(path))
        made = Kustomization(
            root, self.written[key].root, path, source, namespace, clusters, None, None, None
        )
        written = text(root, "spec", "path")
        if "${" in written:
            return made._replace(unclear="its spec.path is put together when it runs")
        folder = inside("", written.lstrip("/") or ".")
        if folder is None:
            return made._replace(unclear="its spec.path leads out of the repository")
        files = self._files_of(source, root, folder)
        if files is None:
            name = text(root, "spec", "sourceRef", "name")
            return made._replace(folder=folder, unclear=f"its source {name} is not in this repository")
        return made._replace(files=files, folder=folder, build=self._build(files, folder, root))

    def _build(self, files: Files, folder: str, root: Map) -> Build:
        components = tuple(references(root, "spec", "components"))
        key = (files.name, folder, tuple(each.name for each in components))
        if key not in self._builds:
            extra = Overlay("", folder, components=components)
            made = self._builds[key] = build(files, folder, extra, max(0, min(MOST, self._left)))
            self._left -= len(made.layers) + len(made.applied)
        return self._builds[key]

    def _files_of(self, own: str, root: Map, folder: str) -> Files | None:
        """The source that a Kustomization builds from; None where it is not here."""
        kind, name = text(root, "spec", "sourceRef", "kind"), text(root, "spec", "sourceRef", "name")
        if name in self.files and name:
            return self.files[name]
        here = self.files[own] if name != "flux-system" else self.files[""]
        if name in ("", "flux-system") or (folder and here.is_folder(folder)):
            return here
        urls = {text(each.root, "spec", "url") for _, each in self.find(name, kind)}
        return here if not urls or urls & self._own_urls() else None

    def _own_urls(self) -> set[str]:
        """The addresses that the repository itself goes by in its clusters."""
        found = self.find("flux-system", "GitRepository", "OCIRepository", "Bucket")
        return {text(each.root, "spec", "url") for _, each in found}


def _may_be_for_flux(edit: Edit) -> bool:
    if edit.target is None:
        return text(edit.content, "apiVersion").startswith(API)
    kind = edit.target.kind
    return kind in ("", "Kustomization") or not kind.isalnum()


def _texts(node: object) -> dict[str, str]:
    return {key: each for key, each in node.items() if isinstance(each, str)} if isinstance(node, Map) else {}


def _folders(path: str) -> list[str]:
    return [each for each in path.split("/")[:-1] if each not in ("", ".")]
