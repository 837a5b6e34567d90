"""Decryption without a key."""

from __future__ import annotations

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, manifest, repository

ID = "flux-no-secret-ref"
CONTROLLER = "kind: Deployment\nimage: ghcr.io/fluxcd/kustomize-controller:v1.9.4\n"


def test_no_key_at_all() -> None:
    files = repository(a__yaml=manifest()) | {
        KUSTOMIZATION: flux(decryption="  decryption: {provider: sops}\n")
    }
    assert effects(ID, files) == []  # the controller may have one
    files["clusters/home/gotk-components.yaml"] = CONTROLLER
    assert effects(ID, files) == [(KUSTOMIZATION, 9, "fails")]
    for more in ("args: [--sops-age-secret=x]\n", "env: [{name: SOPS_AGE_KEY_FILE}]\n"):
        assert effects(ID, files | {"clusters/home/patch.yaml": more}) == []
    files[KUSTOMIZATION] = flux()
    assert effects(ID, files) == []
