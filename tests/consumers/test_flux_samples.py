"""What `flux check` says of the repositories that a real Flux was given: that, there, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flux_controller.sample_findings import FINDINGS, checked, strongest
from tests.flux_controller.samples import SAMPLES, write

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", SAMPLES)
def test_what_is_found_has_the_effect_that_was_seen(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    write(tmp_path, "apps", sample)
    found = checked(tmp_path)
    assert [each[:3] for each in found] == FINDINGS.get(name, [])
    assert sample.is_asked_for or strongest(found) == sample.effect
