"""Docker Compose: `env_file` of a service, `file` of a secret or a config.

Compose decrypts nothing: such a file is decrypted on the way, or is given to it encrypted. Source:
https://docs.docker.com/reference/compose-file/.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from sopskit.consumers.flux import objects as manifests
from sopskit.consumers.interface import CannotTell
from sopskit.consumers.named_files import Named, consumer, texts
from sopskit.errors import SopskitError
from sopskit.findings import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.interface import Consumer, Source

_MOST = 1000  # aliases may stand for millions
_NAME = re.compile(r"^(?:docker-)?compose(?:[.-][^/]*)?\.ya?ml$")


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every compose file, by its path, that names an encrypted one."""
    for path, text in texts(source, lambda path: bool(_NAME.match(posixpath.basename(path))), "file:"):
        try:
            roots = manifests.documents(text, path)
        except SopskitError:
            yield CannotTell("compose", Place(path), "is no plain YAML")
            continue
        names = (name for root in roots for name in _names(root, posixpath.dirname(path)))
        yield from consumer(source, "compose", path, path, names, only_encrypted=True)


def _names(root: Any, folder: str) -> Iterator[Named]:
    for service in _values(manifests.get(root, "services")):
        files = manifests.get(service, "env_file")
        for file in files[:_MOST] if isinstance(files, manifests.List) else [files]:
            name = file if isinstance(file, str) else manifests.text(file, "path")
            if name:
                yield Named(name, manifests.line_of(service, "env_file"), (folder,))
    for field in ("secrets", "configs"):
        for each in _values(manifests.get(root, field)):
            name = manifests.text(each, "file")
            if name:
                yield Named(name, manifests.line_of(each, "file"), (folder,))


def _values(node: Any) -> list[Any]:
    return list(node.values())[:_MOST] if isinstance(node, manifests.Map) else []
