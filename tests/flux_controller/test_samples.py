"""What each small repository does on a real Flux."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from tests.flux_controller.sample_findings import FINDINGS, checked, strongest
from tests.flux_controller.samples import SAMPLES, Sample, write
from tests.flux_controller.test_homelab import tracked

if TYPE_CHECKING:
    from pathlib import Path

    from tests.flux_controller.flux import Flux

pytestmark = pytest.mark.real_flux


def observed(cluster: Flux, root: Path, namespace: str, sample: Sample) -> str:
    """What became of a repository: "fails", "ciphertext" or "" for the right value."""
    cluster.namespace(namespace)
    if sample.key:
        cluster.secret(sample.at or namespace, "sops-age", sample.key)
    revision = cluster.push(tracked(root), namespace)
    for path in sorted((root / "clusters").iterdir()):
        cluster.server.apply(yaml.safe_load(path.read_bytes()))
    waits = "dependsOn" in (root / "clusters/apps.yaml").read_text()
    if not cluster.verdict(namespace, "apps", revision, may_wait=waits).ready:
        return "fails"
    applied = cluster.applied(namespace)
    assert applied
    if any(b"ENC[" in value or key.startswith("sops_") for key, value in applied.items()):
        return "ciphertext"
    assert [value for value in applied.values() if b"right_value" in value]
    return ""


@pytest.mark.parametrize("name", SAMPLES)
def test_it_does_what_is_said_of_it(cluster: Flux, tmp_path: Path, name: str) -> None:
    sample = SAMPLES[name]
    namespace = f"sample-{name.replace('.', '-').lower()}"
    write(tmp_path, namespace, sample)
    found = checked(tmp_path)
    assert [each[:3] for each in found] == FINDINGS.get(name, [])
    assert observed(cluster, tmp_path, namespace, sample) == sample.effect
    assert sample.is_asked_for or strongest(found) == sample.effect
