"""An encrypted file in a ConfigMap."""

from __future__ import annotations

from tests.audits.examples import ALICE
from tests.audits.flux.repositories import effects, repository

ID = "flux-config-map"
ENV = (
    "A=x\nsops_mac=ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]\nsops_lastmodified=2026-01-01T00:00:00Z\n"
    f"sops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient={ALICE}\n"
)


def test_a_config_map_and_a_secret() -> None:
    generator = "configMapGenerator:\n- name: a\n  envs: [x.env]\n"
    files = repository(kustomization__yaml=generator, x__env=ENV)
    assert effects(ID, files) == [("apps/kustomization.yaml", 3, "ciphertext")]
    assert effects(ID, files | {"apps/kustomization.yaml": generator.replace("configMap", "secret")}) == []
    assert effects(ID, files | {"apps/x.env": "A=b\n"}) == []
