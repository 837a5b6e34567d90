"""What kustomize stops at."""

from __future__ import annotations

import pytest

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, repository

ID = "flux-build-fails"


@pytest.mark.parametrize(
    ("overlay", "line"),
    [
        ("resources:\n- missing.yaml\n", 2),
        ("resources:\n- ../..\n", 2),
        ("resources:\n- ../apps\n", 2),
        ("resources:\n- empty\n", 2),
        ("resources:\n- ../../outside\n", 2),
        ("resources:\n- /etc/passwd\n", 2),
        ("components:\n- missing\n", 2),
        ("resources:\n- [\n", 3),
        ("{{ if .Values.x }}\n", 1),
    ],
)
def test_it_is_found_where_it_is_named(overlay: str, line: int) -> None:
    files = repository(kustomization__yaml=overlay) | {"apps/empty/x.yaml": "kind: X\n"}
    found = [(path, effect) for path, at, effect in effects(ID, files)]
    assert found == [("apps/kustomization.yaml", "fails")]
    assert abs(effects(ID, files)[0][1] - line) <= 1  # libyaml's own idea of where it was


def test_a_cycle() -> None:
    files = repository(kustomization__yaml="resources: [../other]\n")
    files["other/kustomization.yaml"] = "resources:\n- x.yaml\n- ../apps\n"
    files["other/x.yaml"] = "kind: X\n"
    assert effects(ID, files) == [("other/kustomization.yaml", 3, "fails")]


def test_what_is_fetched_is_no_finding() -> None:
    remote = "resources: [https://example.org/x.yaml, github.com/a/b//c?ref=d]\n"
    assert effects(ID, repository(kustomization__yaml=remote)) == []


def test_a_path_that_is_not_there_counts_where_somebody_applies_it() -> None:
    files = repository() | {KUSTOMIZATION: flux(path="./missing")}
    assert effects(ID, files) == []
    files["clusters/home/flux-system/gotk-sync.yaml"] = flux("", "", "flux-system", "./clusters/home")
    assert effects(ID, files) == [(KUSTOMIZATION, 7, "fails")]
