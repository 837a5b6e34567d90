"""Flux's kustomize-controller on a cluster of its own: give it a repository, ask what became of it.

There is no source-controller: the tree is served as an archive over HTTP, and the status of the GitRepository
says so, as source-controller would (https://fluxcd.io/flux/components/source/gitrepositories/#artifact).
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import http.server
import io
import json
import tarfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

from tests.flux_controller.api_server import api_server, running, wait_for
from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.flux_controller.api_server import ApiServer, Object

SOURCES = "source.toolkit.fluxcd.io"
WIDGETS = "example.org"
KUSTOMIZE = "kustomize.toolkit.fluxcd.io/v1"
_NOT_TRIED = {"DependencyNotReady"}  # of these Kustomizations the controller looks at no revision
SHARD = "sharding.fluxcd.io/key"
_VERDICT = 60  # seconds; it mostly takes one


class Verdict(NamedTuple):
    """What a Kustomization's Ready condition says, in the controller's words."""

    ready: bool
    reason: str
    message: str


class Flux(NamedTuple):
    """A running controller."""

    server: ApiServer
    archives: Path  # the folder that is served
    address: str

    def namespace(self, name: str) -> None:
        """Make a namespace."""
        self.server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    def secret(self, namespace: str, name: str, entries: Mapping[str, str]) -> None:
        """Make a Secret, such as one that holds the keys for decryption."""
        secret: Object = {"apiVersion": "v1", "kind": "Secret", "stringData": dict(entries)}
        self.server.apply(secret | {"metadata": {"namespace": namespace, "name": name}})

    def push(self, files: Mapping[str, bytes], namespace: str, name: str = "flux-system") -> str:
        """Make these files what a GitRepository now holds; returns the revision."""
        content = _archive(files)
        digest = hashlib.sha256(content).hexdigest()
        (self.archives / f"{digest}.tar.gz").write_bytes(content)
        metadata = {"namespace": namespace, "name": name}
        repository = {"apiVersion": f"{SOURCES}/v1", "kind": "GitRepository", "metadata": metadata}
        self.server.apply(
            repository | {"spec": {"interval": "10m", "url": "https://example.org/repository.git"}}
        )
        revision = f"main@sha1:{digest[:40]}"
        artifact = {
            "path": f"{digest}.tar.gz",
            "url": f"{self.address}/{digest}.tar.gz",
            "revision": revision,
            "digest": f"sha256:{digest}",
            "lastUpdateTime": _now(),
            "size": len(content),
        }
        status = {"artifact": artifact, "observedGeneration": 1, "conditions": [_ready_condition()]}
        path = f"/apis/{SOURCES}/v1/namespaces/{namespace}/gitrepositories/{name}/status"
        self.server.ask("PATCH", path, {"status": status}, "application/merge-patch+json")
        return revision

    def kustomization(self, namespace: str, name: str, spec: Object) -> None:
        """Make the Kustomization that begins at a repository's entry point."""
        source = {"kind": "GitRepository", "name": "flux-system"}
        whole = {"interval": "10m", "prune": True, "sourceRef": source} | spec
        metadata = {"namespace": namespace, "name": name}
        self.server.apply(
            {"apiVersion": KUSTOMIZE, "kind": "Kustomization", "metadata": metadata, "spec": whole}
        )

    def verdict(self, namespace: str, name: str, revision: str, *, may_wait: bool = False) -> Verdict:
        """Waits until the controller has tried a revision, and tells how it went.

        With `may_wait`, that it waits for another Kustomization is a verdict too.
        """
        wait_for(
            lambda: self._verdict(namespace, name, revision, may_wait) is not None,
            f"nothing became of {name}",
            _VERDICT,
        )
        found = self._verdict(namespace, name, revision, may_wait)
        assert found is not None
        return found

    def _verdict(self, namespace: str, name: str, revision: str, may_wait: bool) -> Verdict | None:
        found = self.server.find(KUSTOMIZE, "Kustomization", namespace, name)
        if found is None:
            return None
        status = found.get("status", {})
        for condition in status.get("conditions", []):
            tried = status.get("lastAttemptedRevision") == revision or (
                may_wait and condition["reason"] in _NOT_TRIED
            )
            settled = condition["type"] == "Ready" and condition["status"] in {"True", "False"}
            if tried and settled and condition["observedGeneration"] == found["metadata"]["generation"]:
                return Verdict(condition["status"] == "True", condition["reason"], condition["message"])
        return None

    def values(self, namespace: str, name: str) -> dict[str, bytes]:
        """What a Secret of the cluster holds now, once it is there."""
        found: list[Object] = []

        def there() -> bool:
            found[:] = filter(None, [self.server.find("v1", "Secret", namespace, name)])
            return bool(found)

        wait_for(there, f"there is no Secret {namespace}/{name}", _VERDICT)
        return {key: base64.b64decode(value) for key, value in found[0].get("data", {}).items()}

    def applied(self, namespace: str) -> dict[str, bytes]:
        """Every value that Secrets and ConfigMaps of a namespace hold, except the keys for decryption."""
        found: dict[str, bytes] = {}
        for kind in ("secrets", "configmaps"):
            for item in self.server.ask("GET", f"/api/v1/namespaces/{namespace}/{kind}")["items"]:
                name, data = item["metadata"]["name"], item.get("data", {})
                if name not in {"sops-age", "kube-root-ca.crt"}:
                    decode = base64.b64decode if kind == "secrets" else str.encode
                    found |= {key: decode(value) for key, value in data.items()}
        for item in self.server.ask("GET", f"/apis/{WIDGETS}/v1/namespaces/{namespace}/widgets")["items"]:
            found |= {key: value.encode() for key, value in item["spec"].items()}
        return found


def _archive(files: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return written.getvalue()


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _ready_condition() -> Object:
    told = {"reason": "Succeeded", "message": "stored artifact", "observedGeneration": 1}
    return {"type": "Ready", "status": "True", "lastTransitionTime": _now()} | told


@contextlib.contextmanager
def flux(folder: Path) -> Iterator[Flux]:
    """Starts etcd, the API server, the archive server and the controller in an empty folder."""
    archives = folder / "archives"
    archives.mkdir()
    with api_server(folder) as server, _served(archives) as address:
        started = Flux(server, archives, address)
        started.namespace("flux-system")
        controller = Path(program("kustomize-controller"))
        definition = controller.with_name("kustomize.toolkit.fluxcd.io_kustomizations.yaml")
        server.define(yaml.safe_load(definition.read_bytes()))
        for kind in ("GitRepository", "Bucket", "OCIRepository", "ExternalArtifact"):
            server.permit(kind, SOURCES)
        with running_controller(folder, server, options=(f"--watch-label-selector=!{SHARD}",)):
            yield started


@contextlib.contextmanager
def running_controller(
    folder: Path, server: ApiServer, *, name: str = "all", options: tuple[str, ...] = ()
) -> Iterator[None]:
    """A kustomize-controller that watches the cluster; `--watch-label-selector` shares it among several."""
    access = folder / f"{name}.kubeconfig"
    certificate = folder / "certificates" / "apiserver.crt"
    access.write_text(json.dumps(_kubeconfig(server, certificate)))
    command = [
        program("kustomize-controller"),
        "--metrics-addr=127.0.0.1:0",
        "--health-addr=127.0.0.1:0",
        "--http-retry=1",
        "--requeue-dependency=1s",
        *options,
    ]
    variables = {"KUBECONFIG": str(access), "RUNTIME_NAMESPACE": "flux-system"}
    with running(folder, f"kustomize-controller-{name}", command, **variables):
        yield


def _kubeconfig(server: ApiServer, certificate: Path) -> Object:
    cluster = {"server": server.url, "certificate-authority": str(certificate)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": {"token": server.token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "current-context": "test",
    }


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing: what is fetched is not the test's business."""


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    handler = functools.partial(_Silent, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
