"""Where the objects of a source stand that others name: Secrets, ConfigMaps, sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.consumers.flux.files import MANIFESTS
from sopskit.errors import SopskitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.objects import Object

#: The kinds that are looked for.
_KINDS = re.compile(
    r"kind[\"']?\s*:\s*[\"']?(?:\w*Secret|OnePasswordItem|ConfigMap|GitRepository|OCIRepository|Bucket|ExternalArtifact|Deployment)\b"
)
_NAME = re.compile(r"\bname[\"']?\s*:\s*[\"']?([^\s\"',}#]+)")


class Index:
    """The objects of a source by their names."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._paths: dict[str, list[str]] | None = None
        self._found: dict[str, list[Object]] = {}

    def find(self, name: str, *kinds: str) -> Iterator[Object]:
        """The objects of a name, wherever they stand."""
        if name not in self._found:
            self._found[name] = list(self._find(name))
        return (each for each in self._found[name] if each.kind in kinds)

    def _find(self, name: str) -> Iterator[Object]:
        for path in self._named().get(name, ()):
            try:
                found = self._files.objects(path)
            except SopskitError:
                continue
            yield from (each for each in found if each.name == name)

    def _named(self) -> dict[str, list[str]]:
        if self._paths is None:
            self._paths = {}
            for path in self._files.source.paths:
                text = self._files.text(path) if path.endswith(MANIFESTS) else None
                if text is not None and _KINDS.search(text):
                    for name in dict.fromkeys(_NAME.findall(text)):
                        self._paths.setdefault(name, []).append(path)
        return self._paths
