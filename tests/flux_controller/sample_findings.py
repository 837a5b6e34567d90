"""What `flux check` finds in each sample, and nothing else; those that are missing here have no finding."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, NamedTuple

from tests.commands.workbench import sopskit

if TYPE_CHECKING:
    from pathlib import Path


class Found(NamedTuple):
    """A finding: the audit, and its place."""

    id: str
    path: str
    line: int
    effect: str = ""


def checked(root: Path) -> list[Found]:
    """What `flux check` finds."""
    with contextlib.chdir(root):
        document = json.loads(sopskit("flux", "check", "--format", "json").out)
    return [Found(each["id"], each["path"], each["line"], each["effect"]) for each in document["findings"]]


def strongest(found: list[Found]) -> str:
    """The worst effect that they claim; "" where Flux applies the right values."""
    effects = {each.effect for each in found}
    return next((effect for effect in ("fails", "ciphertext") if effect in effects), "")


FINDINGS: dict[str, list[tuple[str, str, int]]] = {
    "data-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "string-data-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "config-map-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "list-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "generated-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "list": [("flux-encrypted-list", "apps/secret.sops.yaml", 1)],
    "only-age.key": [("flux-secret-without-key", "keys/key.sops.yaml", 7)],
    "ssh-identity": [("flux-bad-identity", "keys/plain.key.yaml", 7)],
    "other-namespace": [("flux-secret-elsewhere", "clusters/apps.yaml", 16)],
    "foreign-key": [("flux-key-cannot-open", "clusters/apps.yaml", 16)],
    "one-of-two-groups": [("flux-key-cannot-open", "clusters/apps.yaml", 16)],
    "missing-substitution": [("flux-substitute-from", "clusters/apps.yaml", 20)],
    "generated-by-env": [("flux-env-field", "apps/kustomization.yaml", 6)],
    "generated-config-map": [("flux-config-map", "apps/kustomization.yaml", 6)],
    "generated-file-with-a-quoted-mac": [("flux-mac-spelling", "apps/kustomization.yaml", 6)],
    "generated-file-under-another-format": [("flux-key-format", "apps/kustomization.yaml", 6)],
    "envs-through-bases": [("flux-envs-in-bases", "apps/base/kustomization.yaml", 6)],
    "encrypted-metadata": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-a-target-namespace": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "too-large": [("flux-secret-too-large", "apps/secret.sops.yaml", 1)],
    "generated-file-with-a-folded-mac": [("flux-mac-spelling", "apps/kustomization.yaml", 6)],
    "list-of-data-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "list-of-data": [("flux-encrypted-list", "apps/secret.sops.yaml", 1)],
    "role-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "cluster-role-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "custom-resource-without-decryption": [("flux-no-decryption", "clusters/apps.yaml", 6)],
    "encrypted-metadata-with-spec.namePrefix": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-spec.nameSuffix": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-nameSuffix": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-namespace": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-namePrefix": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-labels": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-commonLabels": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "encrypted-metadata-with-commonAnnotations": [("flux-encrypted-metadata", "apps/secret.whole.yaml", 4)],
    "decryption-from-nowhere": [("flux-no-decryption", "children/apps.yaml", 6)],
    "generated-file-above-5-MiB": [
        ("flux-file-too-large", "apps/kustomization.yaml", 6),
        ("flux-secret-too-large", "apps/kustomization.yaml", 6),
    ],
    "missing-dependency": [("flux-depends-on", "clusters/apps.yaml", 18)],
    "dependency-in-a-circle": [
        ("flux-depends-on", "clusters/apps.yaml", 18),
        ("flux-depends-on", "clusters/other.yaml", 18),
    ],
    "dependency-on-itself": [("flux-depends-on", "clusters/apps.yaml", 18)],
    "foreign-key-beside-that-of-the-controller": [("flux-key-cannot-open", "clusters/apps.yaml", 18)],
}
