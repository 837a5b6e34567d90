"""A quoted or folded MAC."""

from __future__ import annotations

from tests.audits.examples import ALICE, encrypted
from tests.audits.flux.repositories import effects, repository

ID = "flux-mac-spelling"
TEXT = encrypted(ALICE)


def _files(generator: str, text: str = TEXT) -> dict[str, str]:
    return repository(kustomization__yaml=generator, x__yaml=text)


def test_a_mac_that_flux_overlooks() -> None:
    generator = "secretGenerator:\n- name: a\n  files: [x.yaml]\n"
    for spelled in ("mac: 'ENC[", "mac: >-\n        ENC["):
        text = TEXT.replace("mac: ENC[", spelled).replace("type:str]\n    version", "type:str]Q\n    version")
        text = text.replace("]Q", "]'" if "'" in spelled else "]")
        assert effects(ID, _files(generator, text)) == [("apps/kustomization.yaml", 3, "ciphertext")]
    assert effects(ID, _files(generator)) == []


def test_in_a_manifest_it_does_no_harm() -> None:
    text = TEXT.replace("mac: ENC[", "mac: >-\n        ENC[")
    assert effects(ID, _files("resources: [x.yaml]\n", text)) == []
