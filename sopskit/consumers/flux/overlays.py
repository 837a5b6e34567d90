"""A `kustomization.yaml`: what it takes in, and what it does to it.

Source: kustomize, api/types/kustomization.go and fix.go; Flux reads it a second time by its own rules, see
`build`.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.consumers.flux.objects import List, Map, get, is_true, items, text

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Their order is kustomize's (api/konfig/general.go); two in one folder are an error.
NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

#: Fields that put something of their own into the metadata of what is taken in, `namespace` aside.
_METADATA = (
    "namePrefix",
    "nameSuffix",
    "commonLabels",
    "commonAnnotations",
    "labels",
)


class Reference(NamedTuple):
    """A file, folder or address that is named, and the line where."""

    name: str
    line: int

    @property
    def is_remote(self) -> bool:
        """Whether it leads out to the network (kustomize, api/internal/git/repospec.go)."""
        return bool(_REMOTE.match(self.name))


_REMOTE = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*::|[A-Za-z][A-Za-z0-9+.-]*://|git@|[^/]+\.[a-z]+/[^/]+/.*\?|github\.com[/:]"
)


class Generated(NamedTuple):
    """A file that a generator puts into a Secret or a ConfigMap.

    Attributes:
        kind: `Secret` or `ConfigMap`.
        name: of the object, as it is written.
        namespace: "" where none is written.
        field: `files`, `envs`, or `env`, which has long been deprecated.
        key: under which it stands there; "" for environment files.
        source: the file.
    """

    kind: str
    name: str
    namespace: str
    field: str
    key: str
    source: Reference


class Target(NamedTuple):
    """Which objects a patch is for; "" is for any.

    Attributes:
        labels: a label selector.
        annotations: likewise.
    """

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    labels: str = ""
    annotations: str = ""


class Patch(NamedTuple):
    """A patch.

    Attributes:
        field: `patches`, `patchesStrategicMerge` or `patchesJson6902`.
        source: its file; None where it is written in place.
        content: a text of it in place, or, of Flux's own fields, its value.
        target: None where the patch names what it is for itself.
    """

    field: str
    source: Reference | None
    content: Any
    target: Target | None


class Overlay(NamedTuple):
    """What a `kustomization.yaml` says.

    Attributes:
        path: of the file; "" for one that Flux makes.
        folder: that it is for, "" for the root of the repository.
        resources: files and folders.
        bases: folders, in the field that `resources` has replaced.
        components: folders.
        patches: in the order in which they are applied.
        generated: the files that its generators read.
        names: kind and name of what its generators make, and whether a hash is put behind the name.
        namespace: that everything is put into; "" for none.
        metadata: fields that change the metadata of everything, `namespace` among them.
        is_component: it is `kind: Component`.
    """

    path: str
    folder: str
    resources: tuple[Reference, ...] = ()
    bases: tuple[Reference, ...] = ()
    components: tuple[Reference, ...] = ()
    patches: tuple[Patch, ...] = ()
    generated: tuple[Generated, ...] = ()
    names: tuple[tuple[str, str, str, bool], ...] = ()
    namespace: str = ""
    metadata: tuple[str, ...] = ()
    is_component: bool = False


def overlay(path: str, root: Map) -> Overlay:
    """What the content of a `kustomization.yaml` says; what is of the wrong type is left out."""
    namespace = text(root, "namespace")
    generated = [
        *_generated(root, "secretGenerator", "Secret"),
        *_generated(root, "configMapGenerator", "ConfigMap"),
    ]
    changes = [field for field in _METADATA if root.get(field)]
    return Overlay(
        path,
        posixpath.dirname(path),
        tuple(references(root, "resources")),
        tuple(references(root, "bases")),
        tuple(references(root, "components")),
        tuple(patches(root)),
        tuple(generated),
        tuple(_names(root)),
        namespace,
        (*(["namespace"] if namespace else []), *changes),
        text(root, "kind") == "Component",
    )


def references(node: Any, *keys: str) -> Iterator[Reference]:
    """The names in a list of texts."""
    found = get(node, *keys)
    if isinstance(found, List):
        for name, line in zip(found, found.lines, strict=True):
            if isinstance(name, str) and name:
                yield Reference(name, line)


def patches(node: Any) -> Iterator[Patch]:
    """The patches of a `kustomization.yaml`, or of the `spec` of a Flux Kustomization."""
    for name in references(node, "patchesStrategicMerge"):
        in_place = "\n" in name.name
        yield Patch(
            "patchesStrategicMerge", None if in_place else name, name.name if in_place else None, None
        )
    for value in items(node, "patchesStrategicMerge"):
        if isinstance(value, Map):
            yield Patch("patchesStrategicMerge", None, value, None)
    for field in ("patches", "patchesJson6902"):
        for value in items(node, field):
            if isinstance(value, Map):
                yield _patch(field, value)


def _patch(field: str, value: Map) -> Patch:
    path = text(value, "path")
    source = Reference(path, value.lines["path"]) if path else None
    target = get(value, "target")
    selector = None
    if isinstance(target, Map):
        fields = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
        selector = Target._make(text(target, field) for field in fields)
    return Patch(field, source, get(value, "patch"), selector)


def _generated(root: Map, field: str, kind: str) -> Iterator[Generated]:
    for each in items(root, field):
        name, namespace = text(each, "name"), text(each, "namespace")
        for key in ("files", "envs"):
            for found in references(each, key):
                yield _read(Generated(kind, name, namespace, key, "", found))
        env = text(each, "env")
        if env:
            yield Generated(kind, name, namespace, "env", "", Reference(env, each.lines["env"]))


def _read(generated: Generated) -> Generated:
    """With `KEY=FILE` taken apart."""
    if generated.field != "files":
        return generated
    key, equals, file = generated.source.name.partition("=")
    if not equals:
        return generated._replace(key=posixpath.basename(key))
    return generated._replace(key=key, source=generated.source._replace(name=file))


def _names(root: Map) -> Iterator[tuple[str, str, str, bool]]:
    off = is_true(root, "generatorOptions", "disableNameSuffixHash")
    for field, kind in (("secretGenerator", "Secret"), ("configMapGenerator", "ConfigMap")):
        for each in items(root, field):
            plain = off or is_true(each, "options", "disableNameSuffixHash")
            yield kind, text(each, "name"), text(each, "namespace"), not plain
