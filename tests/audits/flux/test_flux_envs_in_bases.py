"""Environment files behind bases."""

from __future__ import annotations

from tests.audits.examples import ALICE
from tests.audits.flux.repositories import effects, repository

ID = "flux-envs-in-bases"
ENV = (
    "A=x\nsops_mac=ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]\nsops_lastmodified=2026-01-01T00:00:00Z\n"
    f"sops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient={ALICE}\n"
)


def test_bases_and_what_replaced_it() -> None:
    files = repository(kustomization__yaml="bases: [base]\n")
    files |= {
        "apps/base/kustomization.yaml": "secretGenerator: [{name: a, envs: [x.env]}]\n",
        "apps/base/x.env": ENV,
    }
    assert effects(ID, files) == [("apps/base/kustomization.yaml", 1, "ciphertext")]
    for field in ("resources", "components"):
        assert effects(ID, files | {"apps/kustomization.yaml": f"{field}: [base]\n"}) == []
