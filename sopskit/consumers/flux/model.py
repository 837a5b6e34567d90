"""What Flux makes of a repository: its Kustomizations, and the encrypted files that each takes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.flux import encrypted
from sopskit.consumers.flux.kustomizations import World
from sopskit.consumers.flux.overlays import Generated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.build import Applied, Layer, Read
    from sopskit.consumers.flux.encrypted import Manifest
    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.consumers.interface import Source


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

    def manifests(self, files: Files, path: str) -> list[Manifest]:
        """The objects of an encrypted file."""
        key = (files.name, path)
        if key not in self._manifests:
            self._manifests[key] = encrypted.manifests(files, path)
        return self._manifests[key]

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

    def generated(self, each: Kustomization) -> Iterator[Read]:
        """The encrypted files that its generators read."""
        if each.build is not None:
            held = _files(each).source.encrypted
            yield from (read for read in each.build.generated if read.path in held)

    def patches(self, each: Kustomization) -> Iterator[Read]:
        """The encrypted files among its patches."""
        if each.build is not None:
            held = _files(each).source.encrypted
            yield from (read for read in each.build.patches if read.path in held)

    def secret_paths(self, each: Kustomization) -> dict[str, int]:
        """The files that it decrypts, or would, each with 0 or the line of the first object in it."""
        found = {taken.manifest.path: taken.manifest.line for taken in self.taken(each)}
        for read in (*self.generated(each), *self.patches(each)):
            if not (isinstance(read.what, Generated) and read.what.kind == "ConfigMap"):
                found.setdefault(read.path, 0)
        return found


def _files(each: Kustomization) -> Files:
    assert each.files is not None  # noqa: S101 - it has a build
    return each.files


def read_flux(source: Source) -> Flux:
    """What Flux makes of a repository."""
    return Flux(World(source))
