"""Secrets above 1 MiB."""

from __future__ import annotations

from tests.audits.flux.repositories import effects, manifest, repository

ID = "flux-secret-too-large"


def _value(size: int) -> str:
    return "A" * (4 * size // 3 + 3 & ~3)


def test_a_manifest() -> None:
    for size, found in ((1_100_000, [("apps/a.yaml", 1, "fails")]), (1_040_000, [])):
        files = repository(a__yaml=manifest().replace("data:AA==", f"data:{_value(size)}", 1))
        assert effects(ID, files) == found


def test_what_is_below_data_is_base64() -> None:
    files = repository(a__yaml=manifest(field="data").replace("data:AA==", f"data:{_value(1_300_000)}", 1))
    assert effects(ID, files) == []


def test_a_generated_one_of_several_files() -> None:
    generator = "secretGenerator:\n- name: a\n  files:\n  - x.txt\n  - y.txt\n"
    files = repository(kustomization__yaml=generator, x__txt="x" * 600_000, y__txt="y" * 600_000)
    assert effects(ID, files) == [("apps/kustomization.yaml", 5, "fails")]
    assert effects(ID, files | {"apps/y.txt": "y" * 400_000}) == []
