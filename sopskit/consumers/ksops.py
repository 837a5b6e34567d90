"""KSOPS, a kustomize plugin, alone or in Argo CD: what its generators decrypt.

Source: https://github.com/viaduct-ai/kustomize-sops, the section on generator options.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from sopskit.consumers.flux import objects as manifests
from sopskit.consumers.interface import CannotTell
from sopskit.consumers.named_files import YAML, Named, consumer, texts
from sopskit.errors import SopskitError
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.objects import Object
    from sopskit.consumers.interface import Consumer, Source

_FROM = ("files", "binaryFiles", "envs")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every generator, by its path and name."""
    for path, text in texts(source, lambda path: path.endswith(YAML), "ksops"):
        if "viaduct.ai/" not in text:
            continue
        try:
            found = manifests.objects(text, path)
        except SopskitError:
            yield CannotTell("ksops", Place(path), "is no plain YAML")
            continue
        for each in found:
            if each.kind == "ksops" and each.api_version.startswith("viaduct.ai/"):
                yield from consumer(source, "ksops", each.name or path, path, _names(each))


def _names(generator: Object) -> Iterator[Named]:
    folder = posixpath.dirname(generator.path)
    yield from _list(manifests.get(generator.root, "files"), folder)
    for secret in manifests.items(generator.root, "secretFrom"):
        for field in _FROM:
            yield from _list(manifests.get(secret, field), folder)


def _list(files: Any, folder: str) -> Iterator[Named]:
    if not isinstance(files, manifests.List):
        return
    for file, line in zip(files, files.lines, strict=True):
        if isinstance(file, str):
            yield Named(file.rpartition("=")[2], line, (folder,))  # `key-in-the-secret=file`
