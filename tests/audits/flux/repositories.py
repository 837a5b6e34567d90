"""Small repositories of Flux: one Kustomization that applies the folder `apps`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.audits.examples import ALICE, NOVA, encrypted, example, found

if TYPE_CHECKING:
    from tests.audits.examples import Files

RULES = (
    f"keys:\n  - users: [&alice {ALICE}]\n  - hosts: [&cluster {NOVA}]\n"
    "creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: [*alice, *cluster]\n"
)
BINDING = '[consumers]\n"flux:home/flux-system/sops-age" = "cluster"\n'
DECRYPTION = "  decryption:\n    provider: sops\n    secretRef:\n      name: sops-age\n"
VALUE = "ENC[AES256_GCM,data:AA==,iv:AAAA,tag:AAAA,type:str]"
KUSTOMIZATION = "clusters/home/apps.yaml"


def flux(more: str = "", decryption: str = DECRYPTION, name: str = "apps", path: str = "./apps") -> str:
    """A Flux Kustomization; `spec` is its line 6, `decryption` its line 9."""
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata:\n  name: {name}\n  namespace: flux-system\nspec:\n  path: {path}\n"
        f"  sourceRef: {{kind: GitRepository, name: flux-system}}\n{decryption}{more}"
    )


def manifest(
    kind: str = "Secret",
    api: str = "v1",
    field: str = "stringData",
    name: str = "app",
    *recipients: str,
    more: str = "",
) -> str:
    """An encrypted manifest; its metadata is in clear unless `name` is encrypted."""
    clear = f"apiVersion: {api}\nkind: {kind}\nmetadata:\n    name: {name}\n    namespace: apps\n{more}"
    return encrypted(
        *(recipients or (ALICE, NOVA)),
        values=(),
        clear=f"{clear}{field}:\n    password: {VALUE}\n",
        encrypted_regex="^(data|stringData)$",
    )


def repository(**apps: str) -> dict[str, str]:
    """A right one; files of `apps` by their names, `__` for a dot."""
    files = {".sops.yaml": RULES, ".sopskit.toml": BINDING, KUSTOMIZATION: flux()}
    return files | {f"apps/{name.replace('__', '.')}": text for name, text in apps.items()}


def effects(id_: str, files: Files) -> list[tuple[str, int, str | None]]:
    """What one audit finds: path, line, effect."""
    with tempfile.TemporaryDirectory() as folder:
        findings = found(id_, example(Path(folder), files))
    return [(each.path, each.place.line, each.effect) for each in findings]
