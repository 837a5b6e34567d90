"""substituteFrom."""

from __future__ import annotations

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, repository

ID = "flux-substitute-from"
SPEC = "  postBuild:\n    substituteFrom:\n      - kind: ConfigMap\n        name: settings\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: flux-system}\n"


def test_a_name_that_nothing_has() -> None:
    files = repository(a__yaml="kind: X\n") | {KUSTOMIZATION: flux(SPEC)}
    assert effects(ID, files) == [(KUSTOMIZATION, 16, "fails")]
    assert effects(ID, files | {"x/settings.yaml": MAP}) == []
    assert effects(ID, files | {KUSTOMIZATION: flux(f"{SPEC}        optional: true\n")}) == []
    assert (
        effects(ID, files | {KUSTOMIZATION: flux(SPEC.replace("ConfigMap", "Secret"))}) == []
    )  # cannot tell


def test_a_name_in_another_namespace() -> None:
    files = repository(a__yaml="kind: X\n") | {KUSTOMIZATION: flux(SPEC)}
    other = MAP.replace("flux-system", "other")
    assert effects(ID, files | {"x/settings.yaml": other}) == [(KUSTOMIZATION, 16, "fails")]
    files["clusters/home/x.yaml"] = flux("  targetNamespace: flux-system\n", "", "x", "./x")
    assert effects(ID, files | {"x/settings.yaml": other}) == []


def test_a_folder_that_is_put_into_several_namespaces() -> None:
    files = {
        "common/kustomization.yaml": "resources: [settings.yaml]\n",
        "common/settings.yaml": MAP.replace("flux-system", "x"),
        "all/a/kustomization.yaml": "resources: [../../common]\nnamespace: a\n",
        "all/b/kustomization.yaml": "resources: [../../common]\nnamespace: flux-system\n",
        "clusters/home/all.yaml": flux("", "", "all", "./all"),
    }
    files |= repository(a__yaml="kind: X\n") | {KUSTOMIZATION: flux(SPEC)}
    assert effects(ID, files) == []


def test_a_generated_name_has_a_hash_behind_it() -> None:
    generator = "configMapGenerator: [{name: settings, namespace: flux-system, literals: [a=b]}]\n"
    files = repository(kustomization__yaml=generator) | {KUSTOMIZATION: flux(SPEC)}
    assert effects(ID, files) == [(KUSTOMIZATION, 16, "fails")]
    files["apps/kustomization.yaml"] += "generatorOptions: {disableNameSuffixHash: true}\n"
    assert effects(ID, files) == []
