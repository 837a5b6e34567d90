"""A Kubernetes API server with its etcd, two processes on loopback, and the few requests that tests send."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.programs import program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Object = dict[str, Any]

#: The plural of a kind, where it is not the kind in lower case and an s.
_PLURALS = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "NetworkPolicy": "networkpolicies",
}
_START = 90  # seconds; five on a quiet machine


class RefusedError(Exception):
    """The API server answered with an error status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class ApiServer(NamedTuple):
    """Where it listens, whom it trusts, and the token of an administrator."""

    url: str
    trust: ssl.SSLContext
    token: str

    def ask(self, method: str, path: str, body: object = None, kind: str = "application/json") -> Object:
        """One request; raises `RefusedError`."""
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, context=self.trust, timeout=30) as answer:
                found: Object = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise RefusedError(error.code, error.read().decode(errors="replace")) from None

    def apply(self, manifest: Object) -> Object:
        """Create or change an object, as `kubectl apply --server-side` does."""
        path = f"{path_of(manifest)}?fieldManager=tests&force=true"
        return self.ask("PATCH", path, manifest, "application/apply-patch+yaml")

    def find(self, api_version: str, kind: str, namespace: str, name: str) -> Object | None:
        """The object as it stands; None where there is none."""
        metadata = {"namespace": namespace, "name": name}
        try:
            return self.ask("GET", path_of({"apiVersion": api_version, "kind": kind, "metadata": metadata}))
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    def permit(self, kind: str, group: str, version: str = "v1") -> None:
        """Let objects of a kind exist, whatever is in them: for what is applied and no test looks into."""
        plural = _plural(kind)
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        served = {
            "name": version,
            "served": True,
            "storage": True,
            "schema": schema,
            "subresources": {"status": {}},
        }
        names = {"kind": kind, "plural": plural, "singular": kind.lower()}
        spec = {"group": group, "names": names, "scope": "Namespaced", "versions": [served]}
        self.define({"metadata": {"name": f"{plural}.{group}"}, "spec": spec})

    def define(self, definition: Object) -> None:
        """Add a CustomResourceDefinition and wait until its objects can be made."""
        kind = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
        self.apply(kind | definition)
        spec = definition["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        wait_for(lambda: self._answers(path), f"{path} is not served")

    def _answers(self, path: str) -> bool:
        try:
            self.ask("GET", path)
        except (RefusedError, OSError):
            return False
        return True


def path_of(manifest: Object) -> str:
    """The URL's path of one object."""
    group = manifest["apiVersion"]
    namespace = manifest["metadata"].get("namespace")
    within = f"/namespaces/{namespace}" if namespace else ""
    start = f"/apis/{group}" if "/" in group else f"/api/{group}"
    return f"{start}{within}/{_plural(manifest['kind'])}/{manifest['metadata']['name']}"


def _plural(kind: str) -> str:
    return _PLURALS.get(kind, f"{kind.lower()}s")


def free_port() -> int:
    """A port of loopback that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(holds: Callable[[], bool], otherwise: str, seconds: float = _START) -> None:
    """Returns as soon as it holds; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(otherwise)
        time.sleep(0.1)


@contextlib.contextmanager
def running(folder: Path, name: str, command: list[str], **variables: str) -> Iterator[None]:
    """A process that lives as long as the block does; what it says goes to a file NAME.log in the folder."""
    environment = {**os.environ, **variables}
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """Starts both in an empty folder and waits until it is ready."""
    token, etcd, peers, port = secrets.token_hex(16), free_port(), free_port(), free_port()
    (folder / "tokens").write_text(f"{token},admin,admin,system:masters\n")
    key = folder / "service-accounts.key"
    subprocess.run([program("openssl"), "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    listens = f"http://127.0.0.1:{etcd}"
    with (
        running(folder, "etcd", _etcd(folder, listens, f"http://127.0.0.1:{peers}")),
        running(folder, "kube-apiserver", _kube_apiserver(folder, listens, port, key)),
    ):
        certificate = folder / "certificates" / "apiserver.crt"
        wait_for(certificate.is_file, "the API server made no certificate")
        trust = ssl.create_default_context(cafile=str(certificate))
        trust.check_hostname = False
        server = ApiServer(f"https://127.0.0.1:{port}", trust, token)
        wait_for(lambda: _ready(server), f"the API server is not ready: {folder}/kube-apiserver.log")
        yield server


def _ready(server: ApiServer) -> bool:
    try:
        server.ask("GET", "/api/v1/namespaces/default")
    except (RefusedError, OSError):
        return False
    return True


def _etcd(folder: Path, clients: str, peers: str) -> list[str]:
    return [
        program("etcd"),
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
    ]


def _kube_apiserver(folder: Path, etcd: str, port: int, key: Path) -> list[str]:
    return [
        program("kube-apiserver"),
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--token-auth-file={folder / 'tokens'}",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--disable-admission-plugins=ServiceAccount",
    ]
