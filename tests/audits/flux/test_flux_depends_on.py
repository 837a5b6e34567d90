"""Kustomizations that wait for what never comes."""

from __future__ import annotations

import pytest

from tests.audits.flux.repositories import KUSTOMIZATION, effects, flux, manifest, repository

ID = "flux-depends-on"
OTHER = "clusters/home/other.yaml"


def waiting(*names: str) -> str:
    return "  dependsOn:\n" + "".join(f"    - {{name: {name}}}\n" for name in names)


@pytest.mark.parametrize("wanted", ["nowhere", "other, namespace: elsewhere", "apps"])
def test_nothing_makes_it_or_it_is_itself(wanted: str) -> None:
    files = repository(a__yaml=manifest()) | {OTHER: flux(name="other")}
    assert effects(ID, files | {KUSTOMIZATION: flux(waiting(wanted))}) == [(KUSTOMIZATION, 14, "fails")]


def test_a_circle_but_not_who_waits_for_it() -> None:
    files = repository(a__yaml=manifest()) | {
        KUSTOMIZATION: flux(waiting("other")),
        OTHER: flux(waiting("apps"), name="other"),
        "clusters/home/third.yaml": flux(waiting("apps"), name="third"),
    }
    assert effects(ID, files) == [(KUSTOMIZATION, 14, "fails"), (OTHER, 14, "fails")]


@pytest.mark.parametrize("wanted", ["other", "other, namespace: flux-system", "'${NAME}'"])
def test_it_is_there_or_nobody_can_tell(wanted: str) -> None:
    files = repository(a__yaml=manifest()) | {OTHER: flux(name="other")}
    assert effects(ID, files | {KUSTOMIZATION: flux(waiting(wanted))}) == []
