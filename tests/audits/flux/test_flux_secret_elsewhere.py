"""A Secret for decryption in another namespace."""

from __future__ import annotations

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, manifest, repository

ID = "flux-secret-elsewhere"
SECRET = (
    "kind: Secret\napiVersion: v1\nmetadata: {name: sops-age, namespace: other}\nstringData: {x.agekey: x}\n"
)


def test_another_namespace() -> None:
    files = repository(a__yaml=manifest()) | {"key.yaml": SECRET}
    assert effects(ID, files) == [(KUSTOMIZATION, 12, "fails")]
    assert effects(ID, files | {"key.yaml": SECRET.replace("other", "flux-system")}) == []
    assert effects(ID, files | {"key.yaml": SECRET.replace(", namespace: other", "")}) == []
    assert effects(ID, files | {"key.yaml": f"{SECRET}# copied by reflector\n"}) == []


def test_a_namespace_that_its_own_kustomization_gives_it() -> None:
    overlay = "resources: [key.yaml]\nnamespace: flux-system\n"
    files = repository(a__yaml=manifest()) | {"keys/key.yaml": SECRET, "keys/kustomization.yaml": overlay}
    files["clusters/home/keys.yaml"] = flux(name="keys", path="./keys", decryption="")
    assert effects(ID, files) == []
