"""`sopskit flux bootstrap` and `rotate-key`: a cluster's key, from its first day to the next one."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.commands.workbench import KeyPair, Workbench, age_key, sopskit

if TYPE_CHECKING:
    from pathlib import Path

RULES = """\
keys:
  - users: [&alice {}]
creation_rules:
  - path_regex: ^apps/
    encrypted_regex: ^(data|stringData)$
    age: [*alice]
"""
KUSTOMIZATION = """\
# the apps
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: apps
  namespace: flux-system
spec:
    interval: 10m
    sourceRef: {kind: GitRepository, name: flux-system}
    path: ./apps  # all of them
---
kind: Nothing
"""
SPLICED = """\
    path: ./apps  # all of them
    decryption:
      provider: sops
      secretRef:
        name: sops-age
---
"""
SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n  namespace: apps\nstringData:\n  password: a_b\n"
)
PATH, FILE = "clusters/home/apps.yaml", "apps/secret.yaml"


@pytest.fixture
def alice() -> KeyPair:
    """Who runs the commands."""
    return age_key()


@pytest.fixture
def bench(empty: Workbench, alice: KeyPair, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A repository whose cluster has no key yet."""
    monkeypatch.setenv("SOPS_AGE_KEY", alice.identity)
    (empty.root / ".sops.yaml").write_text(RULES.format(alice.recipient))
    (empty.root / PATH).parent.mkdir(parents=True)
    (empty.root / PATH).write_text(KUSTOMIZATION)
    empty.write_encrypted(FILE, SECRET)
    empty.commit_all()
    return empty


def identities(path: Path) -> list[str]:
    """The age identities of a Secret's manifest."""
    (document,) = yaml.safe_load_all(path.read_text())
    values = [base64.b64decode(value).decode() for value in document["data"].values()]
    return [found for value in values for found in re.findall(r"AGE-SECRET-KEY-\S+", value)]


def bootstrap(out: Path, *more: str) -> str:
    done = sopskit("flux", "bootstrap", "home", "--key-out", str(out), "--yes", *more)
    assert done.code == 0, done.err
    assert "AGE-SECRET-KEY" not in done.err + done.out
    assert f"kubectl apply --server-side -f {out}" in done.err
    (identity,) = identities(out)
    return identity


@pytest.mark.parametrize("more", [(), ("--post-quantum",)])
def test_a_cluster_gets_a_key(bench: Workbench, tmp_path: Path, more: tuple[str, ...]) -> None:
    assert sopskit("flux", "check").code == 1
    identity = bootstrap(tmp_path / "key.yaml", *more)
    assert identity.startswith("AGE-SECRET-KEY-PQ-1" if more else "AGE-SECRET-KEY-1")
    assert stat.S_IMODE((tmp_path / "key.yaml").stat().st_mode) == 0o600
    assert bench.changed() == [".sops.yaml", ".sopskit.toml", FILE, PATH]
    assert bench.removed_lines(PATH) == []
    assert (bench.root / PATH).read_text() == KUSTOMIZATION.replace(
        SPLICED.splitlines(True)[0] + "---\n", SPLICED
    )
    assert (bench.root / ".sopskit.toml").read_text() == (
        '[consumers]\n"flux:home/flux-system/sops-age" = "home"\n'
    )
    assert "password: a_b" in (bench.decrypts(FILE, identity) or "")
    assert sopskit("flux", "check").code == 0


def test_a_dry_run_and_refusals_write_nothing(bench: Workbench, tmp_path: Path) -> None:
    out = tmp_path / "key.yaml"
    command = ("flux", "bootstrap", "home", "--key-out")
    assert sopskit(*command, str(out), "--dry-run").code == 1
    assert sopskit("flux", "bootstrap", "home", "--yes").code == 2
    assert sopskit("flux", "bootstrap", "nowhere", "--key-out", str(out), "--yes").code == 2
    inside = sopskit(*command, "key.yaml", "--yes")
    assert (inside.code, "work tree" in inside.err) == (2, True)
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    assert sopskit(*command, str(other / "key.yaml"), "--yes").code == 2
    assert not out.exists()
    out.write_text("mine")
    assert sopskit(*command, str(out), "--yes").code == 2
    assert (out.read_text(), bench.changed()) == ("mine", [])


def test_kubectl_gets_the_manifest_by_its_input(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubectl = tmp_path / "bin" / "kubectl"
    kubectl.parent.mkdir()
    kubectl.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/argv\ncat > {tmp_path}/stdin\nexit $KUBECTL_STATUS\n'
    )
    kubectl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{kubectl.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KUBECTL_STATUS", "1")
    failed = sopskit("flux", "bootstrap", "home", "--apply", "--yes")
    assert (failed.code != 0, bench.changed()) == (True, [])
    monkeypatch.setenv("KUBECTL_STATUS", "0")
    done = sopskit("flux", "bootstrap", "home", "--apply", "--yes")
    assert done.code == 0, done.err
    (identity,) = identities(tmp_path / "stdin")
    assert identity not in (tmp_path / "argv").read_text() + done.err + done.out + failed.err
    assert bench.decrypts(FILE, identity) is not None


def test_both_keys_open_until_the_old_one_goes(bench: Workbench, tmp_path: Path) -> None:
    old = bootstrap(tmp_path / "key.yaml")
    start = ("flux", "rotate-key", "home", "--start", "--key-out", str(tmp_path / "both.yaml"), "--yes")
    assert sopskit(*start).code == 2
    wrong = tmp_path / "wrong"
    wrong.write_text(age_key().identity)
    assert sopskit(*start, "--keys", str(wrong)).code == 2
    assert not (tmp_path / "both.yaml").exists()
    done = sopskit(*start, "--keys", str(tmp_path / "key.yaml"))
    assert done.code == 0, done.err
    first, new = identities(tmp_path / "both.yaml")
    assert first == old
    assert None not in (bench.decrypts(FILE, old), bench.decrypts(FILE, new))
    assert sopskit("flux", "check").code == 0
    assert (
        sopskit(*start[:4], "--key-out", str(tmp_path / "x"), "--keys", str(tmp_path / "both.yaml")).code == 2
    )
    finish = sopskit("flux", "rotate-key", "home", "--finish", "--yes")
    assert (finish.code, "--yes does not stand for it" in finish.err) == (2, True)
    assert bench.decrypts(FILE, old) is not None


def test_the_old_key_goes_once_it_is_confirmed(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = bootstrap(tmp_path / "key.yaml")
    keys = ("--keys", str(tmp_path / "key.yaml"), "--key-out", str(tmp_path / "both.yaml"))
    assert sopskit("flux", "rotate-key", "home", "--start", *keys, "--yes").code == 0
    _, new = identities(tmp_path / "both.yaml")
    confirmed(monkeypatch)
    out = ("--keys", str(tmp_path / "both.yaml"), "--key-out", str(tmp_path / "new.yaml"))
    done = sopskit("flux", "rotate-key", "home", "--finish", "--yes", *out)
    assert done.code == 0, done.err
    assert identities(tmp_path / "new.yaml") == [new]
    assert "rotated 1 file" in done.err
    assert bench.decrypts(FILE, old) is None
    assert bench.decrypts(FILE, new) is not None
    assert sopskit("flux", "check").code == 0


def confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the question answered, which only a terminal is asked."""
    monkeypatch.setattr("sopskit.cli.terminal.Terminal.type_to_confirm", lambda *_: None)
