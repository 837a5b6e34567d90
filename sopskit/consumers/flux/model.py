"""What Flux makes of a repository: its Kustomizations, and the encrypted files that each takes in."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux import decryption, encrypted
from sopskit.consumers.flux.kustomizations import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.build import Applied, GeneratedRead, Layer, PatchRead
    from sopskit.consumers.flux.decryption import Controller
    from sopskit.consumers.flux.encrypted import Manifest
    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.consumers.interface import Source


#: Kinds of which each may make a Secret of its own name.
_MAKERS = (
    "Secret",
    "ExternalSecret",
    "ClusterExternalSecret",
    "SealedSecret",
    "PushSecret",
    "OnePasswordItem",
)

_COPIES = re.compile("reflect|replicat|kubed|kubernetes-replicator", re.IGNORECASE)


def _is_copied(content: str) -> bool:
    """Whether something in the cluster copies the object to other namespaces."""
    return bool(_COPIES.search(content))


class Taken(NamedTuple):
    """An encrypted object that a Kustomization takes in."""

    manifest: Manifest
    layer: Layer


class Flux:
    """What Flux makes of a repository.

    Attributes:
        world: all that was read.
        kustomizations: those of every cluster; one that several clusters have stands there several times.
        unreadable: files, with a line or 0, that may hold a Kustomization and are no YAML.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.kustomizations = world.kustomizations()
        self.unreadable = world.problems
        self._manifests: dict[tuple[str, str], list[Manifest]] = {}
        self._namespaces: dict[tuple[str, str], set[str]] | None = None

    @cached_property
    def controller(self) -> Controller:
        """What the repository says of the controller."""
        return decryption.controller(self.world.files.values())

    def manifests(self, files: Files, path: str) -> list[Manifest]:
        """The objects of an encrypted file."""
        key = (files.name, path)
        if key not in self._manifests:
            self._manifests[key] = encrypted.manifests(files, path)
        return self._manifests[key]

    def namespaces(self, source: str, path: str) -> set[str]:
        """The namespaces that a file's objects are put into, "" for their own; none if unused."""
        if self._namespaces is None:
            self._namespaces = {}
            for each in self.kustomizations:
                for applied in each.build.applied if each.build is not None else ():
                    namespace = each.namespace_of(applied.layer, "")
                    self._namespaces.setdefault((_files(each).name, applied.path), set()).add(namespace)
        return self._namespaces.get((source, path), set())

    def makes(self, kind: str, name: str) -> set[str]:
        """The namespaces in which a file makes an object of a name; "" for one that is not known."""
        found: set[str] = set()
        for source, each in self.world.find(name, *(_MAKERS if kind == "Secret" else (kind,))):
            if each.kind != kind or _is_copied(self.world.files[source].text(each.path) or ""):
                found.add("")
            for namespace in self.namespaces(source, each.path) or {""}:
                found.add(namespace or each.namespace)
        for one in self.kustomizations:
            for layer in one.build.layers if one.build is not None else ():
                for made, generated, namespace, hashed in layer.overlay.names:
                    if (made, generated) == (kind, name) and not hashed:
                        found.add(one.namespace_of(layer, namespace))
        return found

    def taken(self, each: Kustomization) -> Iterator[Taken]:
        """The encrypted objects among a Kustomization's manifests that are to be decrypted."""
        for applied in self.encrypted_files(each):
            for manifest in self.manifests(_files(each), applied.path):
                if manifest.encrypted and not manifest.disabled:
                    yield Taken(manifest, applied.layer)

    def encrypted_files(self, each: Kustomization) -> Iterator[Applied]:
        """The encrypted files among a Kustomization's manifests."""
        if each.build is not None:
            held = _files(each).source.encrypted
            yield from (applied for applied in each.build.applied if applied.path in held)

    def generated(self, each: Kustomization) -> Iterator[GeneratedRead]:
        """The encrypted files that its generators read."""
        if each.build is not None:
            held = _files(each).source.encrypted
            yield from (read for read in each.build.generated if read.path in held)

    def patches(self, each: Kustomization) -> Iterator[PatchRead]:
        """The encrypted files among its patches."""
        if each.build is not None:
            held = _files(each).source.encrypted
            yield from (read for read in each.build.patches if read.path in held)

    def secret_paths(self, each: Kustomization) -> dict[str, int]:
        """The files that it decrypts, or would, each with 0 or the line of the first object in it."""
        found = {taken.manifest.path: taken.manifest.line for taken in self.taken(each)}
        for read in self.generated(each):
            if read.what.kind == "Secret":
                found.setdefault(read.path, 0)
        for patch in self.patches(each):
            found.setdefault(patch.path, 0)
        return found


def _files(each: Kustomization) -> Files:
    assert each.files is not None  # noqa: S101 - it has a build
    return each.files


def read_flux(source: Source) -> Flux:
    """What Flux makes of a repository."""
    return Flux(World(source))
