"""The Secret that a Kustomization's keys are in: by which name, and what of it the repository shows.

Source: fluxcd/kustomize-controller, internal/decryptor/decryptor.go, `ImportKeys`.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.consumers.flux.encrypted import VALUE
from sopskit.consumers.flux.files import MANIFESTS
from sopskit.consumers.flux.objects import Map, get, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sopskit.consumers.flux.files import Files
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.consumers.flux.model import Flux
    from sopskit.consumers.flux.objects import Object

CONTROLLER_NAMESPACE = "flux-system"

#: Entries of a Secret that are read by their name; others are read by their suffix.
_CLOUD = {
    "sops.vault-token": "hc_vault",
    "sops.aws-kms": "kms",
    "sops.azure-kv": "azure_kv",
    "sops.gcp-kms": "gcp_kms",
}
_SUFFIXES = {".agekey": "age", ".asc": "pgp"}


class SecretName(NamedTuple):
    """Which Secret holds the keys; `by_controller` where a flag of the controller names it."""

    namespace: str
    name: str
    by_controller: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


class Entry(NamedTuple):
    """An entry of a Secret that holds keys.

    Attributes:
        name: its key.
        value: its value where that is in clear; None where it is not.
        line: in the file; 0 for what did not come from one.
    """

    name: str
    value: str | None
    line: int

    def __repr__(self) -> str:
        return f"Entry({self.name!r})"  # the value is a private key

    @property
    def kind(self) -> str:
        """`age`, `pgp` or a cloud's list of stanzas that it is for; "" for what Flux does not read."""
        return _CLOUD.get(self.name) or _SUFFIXES.get(posixpath.splitext(self.name)[1], "")


class KeySecret(NamedTuple):
    """A Secret that holds keys, as its manifest or the cluster shows it.

    Attributes:
        path: of the manifest; "" for one that came from the cluster.
        line: of it.
        namespace: that it is in; "" where none is written.
        entries: what is in it.
    """

    path: str
    line: int
    namespace: str
    entries: tuple[Entry, ...]


_FLAG = re.compile(r"--sops-age-secret[= ][\"']?(?P<name>[A-Za-z0-9][A-Za-z0-9.-]*)")
_OWN_KEYS = re.compile(r"--sops-age-secret\b|\bSOPS_AGE_KEY|\bSOPS_AGE_SSH|image:[^\n]*kustomize-controller")


class Controller(NamedTuple):
    """What the repository says of the kustomize-controller.

    Attributes:
        age_secret: the Secret of `--sops-age-secret`; "" for none.
        is_declared: its Deployment is in the repository.
        has_environment: it is given keys in its environment.
    """

    age_secret: str
    is_declared: bool
    has_environment: bool


def controller(files: Iterable[Files]) -> Controller:
    """What the repository says of the kustomize-controller, in whatever file."""
    name, declared, environment = "", False, False
    for each in files:
        for path in each.source.paths:
            content = each.text(path) if path.endswith(MANIFESTS) else None
            for match in _OWN_KEYS.finditer(content or ""):
                flag = _FLAG.match(content or "", match.start())
                name = name or (flag["name"] if flag else "")
                declared = declared or match.group().startswith("image:")
                environment = environment or match.group().startswith("SOPS")
    return Controller(name, declared, environment)


def secret_of(each: Kustomization, found: Controller) -> SecretName | None:
    """The Secret that a Kustomization's keys are in; None where there is none."""
    if each.secret:
        return SecretName(each.namespace or CONTROLLER_NAMESPACE, each.secret)
    if found.age_secret:
        return SecretName(CONTROLLER_NAMESPACE, found.age_secret, by_controller=True)
    return None


def bound_hosts(
    secret: SecretName, clusters: frozenset[str], bindings: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The hosts that `[consumers]` binds a Secret to; CLUSTER is one of a cluster's folders."""
    tail = f"/{secret}"
    for name, hosts in bindings.items():
        cluster = name.removeprefix("flux:").removesuffix(tail)
        if name == f"flux:{cluster}{tail}" and cluster in clusters and hosts:
            return hosts
    return ()


def key_secrets(flux: Flux, name: str) -> Iterator[KeySecret]:
    """The manifests of the Secrets of a name, each in the namespace that it ends up in."""
    for source, found in flux.world.find(name, "Secret"):
        if found.api_version == "v1" and not found.name.startswith(VALUE):
            namespaces = flux.namespaces(source, found.path) or {""}
            for namespace in sorted(namespaces):
                yield KeySecret(
                    found.path, line_of(found.root, "metadata"), namespace or found.namespace, _entries(found)
                )


def _entries(found: Object) -> tuple[Entry, ...]:
    data, plain = get(found.root, "data"), get(found.root, "stringData")
    return (*_in(data, encoded=True), *_in(plain, encoded=False))


def _in(node: Any, *, encoded: bool) -> Iterator[Entry]:
    if not isinstance(node, Map):
        return
    for name, value in node.items():
        clear = isinstance(value, str) and not value.startswith(VALUE) and "${" not in value
        known = (decoded(value) if encoded else value) if clear else None
        yield Entry(name, known, line_of(node, name))


def decoded(text: str) -> str | None:
    """A value below `data`; None where it is no base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None


def live_secret(document: Mapping[str, Any]) -> KeySecret:
    """A Secret as `kubectl get secret -o json` gives it."""
    data = document.get("data")
    entries = []
    for name, value in data.items() if isinstance(data, dict) else ():
        entries.append(Entry(str(name), decoded(value) if isinstance(value, str) else None, 0))
    metadata = document.get("metadata")
    namespace = metadata.get("namespace") if isinstance(metadata, dict) else ""
    return KeySecret("", 0, str(namespace or ""), tuple(entries))
