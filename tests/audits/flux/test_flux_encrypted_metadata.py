"""Encrypted metadata."""

from __future__ import annotations

import pytest

from tests.audits.flux.repositories import KUSTOMIZATION, VALUE, effects, flux, manifest, repository

ID = "flux-encrypted-metadata"


@pytest.mark.parametrize(
    ("spec", "overlay", "effect"),
    [
        ("", "", "advice"),
        ("  targetNamespace: x\n", "", "fails"),
        ("", "namespace: x\n", "fails"),
        ("", "commonLabels: {a: b}\n", "fails"),
        ("", "namePrefix: x-\n", "fails"),
        ("", "nameSuffix: -x\n", "advice"),
        ("  nameSuffix: -x\n", "", "advice"),
        ("", "components: [part]\n", "fails"),
    ],
)
def test_it_fails_where_something_changes_it(spec: str, overlay: str, effect: str) -> None:
    files = repository(a__yaml=manifest(name=VALUE)) | {KUSTOMIZATION: flux(spec)}
    files["apps/kustomization.yaml"] = f"resources: [a.yaml]\n{overlay}"
    files["apps/part/kustomization.yaml"] = "kind: Component\nnamespace: x\n"
    assert effects(ID, files) == [("apps/a.yaml", 4, effect)]
    assert effects(ID, files | {"apps/a.yaml": manifest()}) == []
