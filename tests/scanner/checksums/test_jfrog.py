"""JFrog's reference tokens: base64 of four parts."""

from __future__ import annotations

from base64 import b64encode

import pytest

from sopskit.scanner.checksums.jfrog import valid


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def test_takes_a_token() -> None:
    assert valid(encoded("reftkn:01:1793491200:aB3dE5fG7hJ9kL1mN3pQ5rS7tU9"))


@pytest.mark.parametrize(
    "text",
    [
        "reftkn:01:1793491200:",
        "reftkn:01:tomorrow00:aB3dE5fG7hJ9kL1mN3pQ5rS7tU9",
        "reftkn:01:1793491200:a-random-text-of-another-sort",
    ],
)
def test_takes_nothing_else(text: str) -> None:
    assert not valid(encoded(text))
