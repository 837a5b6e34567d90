"""The README names what there is."""

from __future__ import annotations

import pytest

from tests.docs import pages


@pytest.mark.parametrize("command", ["access", "add-host", "check", "exposure", "hosts", "plan", "report"])
def test_what_answers_a_question_is_named(command: str) -> None:
    text = (pages.ROOT / "README.md").read_text()
    assert f"sopskit {command}" in text or f"`{command}" in text
