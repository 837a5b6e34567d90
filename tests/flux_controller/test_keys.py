"""A cluster's keys: after each step of bootstrap and rotate-key, and when hosts change, Flux opens all."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.commands.test_flux_keys import confirmed
from tests.commands.workbench import age_key, sopskit
from tests.flux_controller.samples import manifest
from tests.flux_controller.test_homelab import tracked
from tests.programs import program

if TYPE_CHECKING:
    from tests.commands.workbench import KeyPair
    from tests.flux_controller.flux import Flux

pytestmark = pytest.mark.real_flux

RULES = """\
keys:
  - users: [&alice {}]
creation_rules:
  - path_regex: ^apps/.+\\.sops\\.yaml$
    encrypted_regex: ^(data|stringData)$
    age: [*alice]
"""
KUSTOMIZATION = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: NAMESPACE
spec:
  interval: 10m
  path: ./apps
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"""


class Home:
    """A repository and the namespace of a cluster that follows it."""

    def __init__(self, cluster: Flux, root: Path, namespace: str) -> None:
        self.cluster, self.root, self.namespace = cluster, root, namespace

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text.replace("NAMESPACE", self.namespace))

    def secret(self, name: str, value: str) -> None:
        path = f"apps/{name}.sops.yaml"
        self.write(path, manifest("Secret", f"stringData:\n  {name}: {value}\n", name=name))
        done = sopskit("encrypt", "-i", path)
        assert done.code == 0, done.err

    def has(self, path: Path) -> None:
        """The cluster has the Secret of a manifest, and nothing else in it."""
        document = yaml.safe_load(path.read_text())
        name = document["metadata"]["name"]
        where = f"/api/v1/namespaces/{self.namespace}/secrets/{name}"
        if self.cluster.server.find("v1", "Secret", self.namespace, name) is not None:
            self.cluster.server.ask("DELETE", where)
        self.cluster.server.apply(document)

    def opens(self, **values: str) -> None:
        """What is pushed now makes the Kustomization Ready, with these values."""
        self.write("apps/revision.yaml", manifest("ConfigMap", f"data: {{at: '{os.urandom(8).hex()}'}}\n"))
        revision = self.cluster.push(tracked(self.root), self.namespace)
        self.cluster.server.apply(yaml.safe_load((self.root / "clusters/home/apps.yaml").read_bytes()))
        verdict = self.cluster.verdict(self.namespace, "apps", revision)
        assert verdict.ready, verdict
        applied = self.cluster.applied(self.namespace)
        assert {name: applied[name].decode() for name in values} == values


@pytest.fixture
def alice() -> KeyPair:
    """Who runs the commands."""
    return age_key()


@pytest.fixture
def house(
    cluster: Flux,
    tmp_path: Path,
    alice: KeyPair,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Home:
    """A repository with a secret, whose cluster has no key yet."""
    namespace = re.sub("[^a-z0-9]+", "-", request.node.name).strip("-")
    cluster.namespace(namespace)
    root = tmp_path / "repository"
    root.mkdir()
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("SOPS_AGE_KEY", alice.identity)
    made = Home(cluster, root, namespace)
    made.write(".sops.yaml", RULES.format(alice.recipient))
    made.write("clusters/home/apps.yaml", KUSTOMIZATION)
    made.secret("one", "first_value")
    return made


def run(*arguments: str) -> None:
    done = sopskit(*arguments, "--yes")
    assert done.code == 0, done.err


@pytest.mark.parametrize("more", [(), ("--post-quantum",)])
def test_every_step_is_safe_to_push(
    house: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...]
) -> None:
    first, both, last = (tmp_path / f"{name}.yaml" for name in ("first", "both", "last"))
    run("flux", "bootstrap", "home", "--key-out", str(first), *more)
    house.has(first)
    house.opens(one="first_value")
    keys = ("--keys", str(first), "--key-out", str(both))
    run("flux", "rotate-key", "home", "--start", *keys, *more)
    house.opens(one="first_value")  # with the old Secret
    house.has(both)
    house.opens(one="first_value")
    confirmed(monkeypatch)
    run("flux", "rotate-key", "home", "--finish", "--keys", str(both), "--key-out", str(last))
    house.opens(one="first_value")
    house.has(last)
    house.secret("two", "second_value")
    house.opens(one="first_value", two="second_value")


def test_hosts_come_and_go_and_secrets_come(house: Home, tmp_path: Path) -> None:
    run("flux", "bootstrap", "home", "--key-out", str(tmp_path / "key.yaml"))
    house.has(tmp_path / "key.yaml")
    run("add-host", "willow", "--key", age_key().recipient, "--role", "machine", "--rule", "1")
    house.opens(one="first_value")
    house.secret("two", "second_value")
    house.opens(one="first_value", two="second_value")
    run("remove-host", "willow")
    house.opens(one="first_value", two="second_value")


def test_kubectl_gets_the_key_and_shows_it(
    house: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl(house, tmp_path, monkeypatch)
    run("flux", "bootstrap", "home", "--apply")
    house.opens(one="first_value")
    assert sopskit("flux", "check", "--live").code == 0
    run("flux", "rotate-key", "home", "--start", "--apply")
    house.opens(one="first_value")
    confirmed(monkeypatch)
    run("flux", "rotate-key", "home", "--finish", "--apply")
    house.opens(one="first_value")
    secret = house.cluster.server.find("v1", "Secret", house.namespace, "sops-age")
    assert secret is not None
    assert len(secret["data"]) == 1
    house.cluster.server.ask("DELETE", f"/api/v1/namespaces/{house.namespace}/secrets/sops-age")
    house.cluster.secret(house.namespace, "sops-age", {"age.key": "x"})
    live = sopskit("flux", "check", "--live")
    assert (live.code, "flux-secret-without-key" in live.out) == (1, True)


def kubectl(house: Home, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real kubectl, whose context is the cluster of the test."""
    server = house.cluster.server
    access = folder / "kubeconfig"
    access.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": "test", "cluster": {"server": server.url, "insecure-skip-tls-verify": True}}
                ],
                "users": [{"name": "test", "user": {"token": server.token}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
                "current-context": "test",
            }
        )
    )
    monkeypatch.setenv("KUBECONFIG", str(access))
    monkeypatch.setenv("PATH", f"{Path(program('kubectl')).parent}{os.pathsep}{os.environ['PATH']}")
