"""The examples of the API's page run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sopskit
from tests.docs import pages

if TYPE_CHECKING:
    import pytest

    from tests.commands.workbench import Workbench

from tests.commands.conftest import sample

__all__ = ["sample"]

_PAGE = pages.ROOT / "docs" / "reference" / "api.md"


def test_the_examples_run(sample: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    examples = re.findall(r"^```python\n(.*?)^```$", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(examples) == 4
    exec("\n".join(examples), {})
    assert sample.changed() == ["shared/wifi.yaml"]


def test_every_public_name_is_explained() -> None:
    text = _PAGE.read_text()
    assert [
        name for name in sopskit.__all__ if f"`{name}" not in text and f"sopskit.{name}" not in text
    ] == []
    for kind in (sopskit.Repository, sopskit.SecretFile):
        own = [name for name in vars(kind) if not name.startswith("_") and name != "inventory"]
        assert [name for name in own if f"`{name}" not in text] == []
