"""The cluster part of examples/homelab: a real Flux opens every secret of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from examples.homelab.build import build

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flux_controller.flux import Flux

pytestmark = pytest.mark.real_flux

#: Every Secret that the repository applies, with the names of its values.
SECRETS = {
    ("flux-system", "discord-webhook"): {"address"},
    ("storage", "minio-root"): {"rootUser", "rootPassword"},
    ("photos", "immich-database"): {"username", "password"},
    ("photos", "immich-backup"): {"ACCESS_KEY_ID", "ACCESS_SECRET_KEY"},
    ("cloud", "nextcloud-database"): {"root-password", "password"},
    ("paperless", "paperless"): {"PAPERLESS_SECRET_KEY"},
    ("paperless", "paperless-volsync"): {
        "RESTIC_REPOSITORY",
        "RESTIC_PASSWORD",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    },
}


def test_flux_opens_every_secret(cluster: Flux, tmp_path: Path) -> None:
    (tmp_path / "built").mkdir()
    home = build(tmp_path / "built")
    cluster.secret("flux-system", "sops-age", {"home.agekey": (home.keys / "home.agekey").read_text()})
    revision = cluster.push(tracked(home.root), "flux-system")
    cluster.kustomization("flux-system", "flux-system", {"path": "./k3s/fluxcd/clusters/home"})
    for name in ("flux-system", "infrastructure", "apps", "minio", "immich", "nextcloud", "paperless"):
        verdict = cluster.verdict("flux-system", name, revision)
        assert verdict.ready, verdict
    for (namespace, name), keys in SECRETS.items():
        values = cluster.values(namespace, name)
        assert set(values) == keys
        assert not [key for key, value in values.items() if value.startswith(b"ENC[")]


def tracked(root: Path) -> dict[str, bytes]:
    """The files of a repository, as source-controller packs them."""
    found = (
        path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts
    )
    return {str(path.relative_to(root)): path.read_bytes() for path in found}
