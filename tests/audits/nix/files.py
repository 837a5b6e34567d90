"""Secret files in formats other than YAML, with stanzas that nobody opens."""

from __future__ import annotations

import json

from tests.audits.examples import ALICE, NOVA

VALUE = "ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]"
_SOPS = {
    "age": [{"recipient": each, "enc": "x"} for each in (ALICE, NOVA)],
    "lastmodified": "2026-01-01T00:00:00Z",
    "mac": VALUE,
    "version": "3.13.3",
}

#: With a map, which sops-nix does not look into.
JSON_FILE = json.dumps({"token": VALUE, "map": {"inner": VALUE}, "sops": _SOPS}, indent="\t")
BINARY_FILE = json.dumps({"data": VALUE, "sops": _SOPS}, indent="\t")
DOTENV_FILE = (
    f"TOKEN={VALUE}\nsops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient={ALICE}\n"
    f"sops_lastmodified=2026-01-01T00:00:00Z\nsops_mac={VALUE}\nsops_version=3.13.3\n"
)
