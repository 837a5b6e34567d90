"""Argo CD with helm-secrets: `secrets://` and `secrets+...://` among an Application's `valueFiles`.

A path is relative to the chart (`spec.source.path`), or to the root behind `$values/`. Sources:
https://github.com/jkroepke/helm-secrets/wiki/ArgoCD-Integration and
https://argo-cd.readthedocs.io/en/stable/user-guide/multiple_sources/.
"""

from __future__ import annotations

import re
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

_SCHEME = re.compile(r"^(?:secrets|sops)(?:\+(?P<how>[a-z-]+))?://(?P<rest>.*)", re.DOTALL)
_KINDS = ("Application", "ApplicationSet")
_MOST = 1000


def read(source: Source) -> Iterator[Consumer | CannotTell]:
    """Every Application, and the secret values of its chart."""
    for path, text in texts(source, lambda path: path.endswith(YAML), "argoproj.io/"):
        if "://" not in text or "valueFiles" not in text:
            continue
        try:
            found = manifests.objects(text, path)
        except SopskitError:
            if "secrets://" in text or "secrets+" in text:
                yield CannotTell("argocd", Place(path), "is no plain YAML")
            continue
        for each in found:
            if each.kind in _KINDS and each.api_version.startswith("argoproj.io/"):
                named = _names(each)
                yield from consumer(source, "argocd", each.name, path, named, namespace=each.namespace)


def _names(application: Object) -> Iterator[Named]:
    spec = manifests.get(application.root, "spec")
    if application.kind == "ApplicationSet":
        spec = manifests.get(spec, "template", "spec")
    sources = [manifests.get(spec, "source"), *manifests.items(spec, "sources")]
    for each in sources[:_MOST]:  # aliases may stand for millions
        chart = manifests.text(each, "path")
        files = manifests.get(each, "helm", "valueFiles")
        if isinstance(files, manifests.List):
            for file, line in zip(files[:_MOST], files.lines, strict=False):
                yield from _name(file, line, chart)


def _name(file: Any, line: int, chart: str) -> Iterator[Named]:
    match = _SCHEME.match(file) if isinstance(file, str) else None
    if match is None or match["how"] == "literal":
        return
    path = match["rest"]
    if match["how"]:  # secrets+age-import:///keys/key.txt?secrets.yaml
        path = path.partition("?")[2]
    values, _, rest = path.partition("/")
    if values.startswith("$") and rest:  # the root of another source, in most repositories this one
        yield Named(rest, line, ("",))
    else:
        yield Named(path, line, (chart.strip("/"), ""))
