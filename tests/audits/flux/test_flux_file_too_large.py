"""Files above 5 MiB."""

from __future__ import annotations

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, repository

ID = "flux-file-too-large"


def test_above_and_below() -> None:
    generator = "secretGenerator:\n- name: a\n  files: [x.txt]\n"
    files = repository(kustomization__yaml=generator, x__txt="x" * (5 << 20) + "x")
    assert effects(ID, files) == [("apps/kustomization.yaml", 3, "fails")]
    assert effects(ID, files | {"apps/x.txt": "x" * (5 << 20)}) == []
    assert effects(ID, files | {KUSTOMIZATION: flux(decryption="")}) == []
