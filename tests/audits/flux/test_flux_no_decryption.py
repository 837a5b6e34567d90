"""Encrypted files in a Kustomization without decryption."""

from __future__ import annotations

import pytest

from tests.audits.examples import ALICE
from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, manifest, repository

ID = "flux-no-decryption"


@pytest.mark.parametrize(
    ("secret", "effect"),
    [
        (manifest(field="data"), "fails"),
        (manifest(), "ciphertext"),
        (manifest("ConfigMap", field="data"), "ciphertext"),
        (manifest("Deployment", "apps/v1", "spec"), "ciphertext"),
        (manifest("Role", "rbac.authorization.k8s.io/v1", "rules"), "fails"),
        (manifest("HelmRelease", "helm.toolkit.fluxcd.io/v2", "spec"), "fails"),
        (manifest("SecretList", field="items"), "ciphertext"),
    ],
)
def test_what_becomes_of_it_by_its_kind(secret: str, effect: str) -> None:
    files = repository(a__yaml=secret)
    assert effects(ID, files) == []
    files[KUSTOMIZATION] = flux(decryption="")
    assert effects(ID, files) == [(KUSTOMIZATION, 6, effect)]


def test_one_that_fails_stops_all() -> None:
    files = repository(a__yaml=manifest(), b__yaml=manifest(field="data"))
    files[KUSTOMIZATION] = flux(decryption="")
    assert effects(ID, files) == [(KUSTOMIZATION, 6, "fails")]


def test_generated_and_patched() -> None:
    generated = "secretGenerator: [{name: x, envs: [a.env]}]\n"
    env = "A=x\nsops_mac=ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]\n"
    env += "sops_lastmodified=2026-01-01T00:00:00Z\nsops_age__list_0__map_enc=x\n"
    env += f"sops_age__list_0__map_recipient={ALICE}\n"
    files = repository(kustomization__yaml=generated, a__env=env) | {KUSTOMIZATION: flux(decryption="")}
    assert effects(ID, files) == [(KUSTOMIZATION, 6, "ciphertext")]
    patched = "resources: [b.yaml]\npatches: [{path: a.yaml}]\n"
    files = repository(kustomization__yaml=patched, a__yaml=manifest(field="data"), b__yaml="kind: X\n")
    assert effects(ID, files | {KUSTOMIZATION: flux(decryption="")}) == [(KUSTOMIZATION, 6, "fails")]


def test_an_object_that_is_not_to_be_decrypted() -> None:
    annotation = "    annotations: {kustomize.toolkit.fluxcd.io/decrypt: Disabled}\n"
    files = repository(a__yaml=manifest(more=annotation)) | {KUSTOMIZATION: flux(decryption="")}
    assert effects(ID, files) == []


PARENT = "clusters/home/flux-system/gotk-sync.yaml"
IN_PLACE = "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: NAME}, "
SPEC = "spec: {decryption: {provider: sops, secretRef: {name: sops-age}}}}"
OPERATION = "[{op: add, path: /spec/decryption, value: {provider: sops, secretRef: {name: sops-age}}}]"


@pytest.mark.parametrize(
    "patch",
    [
        f"patch: '{IN_PLACE.replace('NAME', 'apps')}{SPEC}'",
        f"patch: '{IN_PLACE.replace('NAME', 'any')}{SPEC}', target: {{kind: Kustomization}}",
        f"patch: '{OPERATION}', target: {{kind: Kustomization, name: a.*}}",
        f"patch: '{OPERATION}', target: {{group: kustomize.toolkit.fluxcd.io, labelSelector: 'a!=b,!no'}}",
    ],
)
def test_decryption_that_a_parent_gives(patch: str) -> None:
    files = repository(a__yaml=manifest()) | {KUSTOMIZATION: flux(decryption="")}
    spec = f"  patches: [{{{patch}}}]\n"
    assert effects(ID, files | {PARENT: flux(spec, "", "flux-system", "./clusters/home")}) == []
    overlay = f"resources: [apps.yaml, flux-system/gotk-sync.yaml]\npatches: [{{{patch}}}]\n"
    parent = {PARENT: flux("", "", "flux-system", "./clusters/home")}
    assert effects(ID, files | parent | {"clusters/home/kustomization.yaml": overlay}) == []
    assert effects(ID, files | parent) == [(KUSTOMIZATION, 6, "ciphertext")]


@pytest.mark.parametrize("target", ["name: other", "labelSelector: a=b", "kind: HelmRelease", "name: app"])
def test_a_patch_that_is_for_others(target: str) -> None:
    files = repository(a__yaml=manifest()) | {KUSTOMIZATION: flux(decryption="")}
    spec = f"  patches: [{{patch: '{OPERATION}', target: {{{target}}}}}]\n"
    parent = {PARENT: flux(spec, "", "flux-system", "./clusters/home")}
    assert effects(ID, files | parent) == [(KUSTOMIZATION, 6, "ciphertext")]


def test_a_grandparent_whose_patch_gives_the_parent_a_patch() -> None:
    inner = f'patches: [{{patch: "{OPERATION}", target: {{kind: Kustomization}}}}]'
    outer = f"[{{op: add, path: /spec/patches, value: {inner.removeprefix('patches: ')}}}]"
    files = repository(a__yaml=manifest()) | {"middle/apps.yaml": flux(decryption="")}
    del files[KUSTOMIZATION]
    spec = f"  patches: [{{patch: '{outer}', target: {{name: middle}}}}]\n"
    files |= {
        PARENT: flux(spec, "", "flux-system", "./clusters/home"),
        "clusters/home/middle.yaml": flux("", "", "middle", "./middle"),
    }
    assert effects(ID, files) == []
