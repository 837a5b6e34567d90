"""One Chromium for the tests of a module; each page it opens is to be free of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.report.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.report.browser import Browser


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser(window: Browser) -> Iterator[Browser]:
    window.media()
    yield window
    assert window.errors() == []
