"""Discord's bot tokens: what says that the first part is an id."""

from __future__ import annotations

from base64 import b64encode

import pytest

from sopskit.scanner.checksums.discord import valid

REST = ".GhXw3q.k2Jv9sLr0TqYbN4mZcD7fWpA1uEoHxI8gQ5tRy"


def token_of(text: str) -> str:
    return b64encode(text.encode()).decode().rstrip("=") + REST


@pytest.mark.parametrize("id_", ["41771983423143937", "238494756521377792", "1284174926150709290"])
def test_takes_an_id_of_any_age(id_: str) -> None:
    assert valid(token_of(id_))


@pytest.mark.parametrize(
    "text", ["1234567890", "module-of-the-app.", "123456789012345678901", "2384947565213777x2"]
)
def test_takes_nothing_else(text: str) -> None:
    assert not valid(token_of(text))


@pytest.mark.parametrize("part", ["", "M", "MTIzNDU", "Module_loader_for_plugins"])
def test_takes_what_is_no_base64(part: str) -> None:
    assert not valid(part + REST)
