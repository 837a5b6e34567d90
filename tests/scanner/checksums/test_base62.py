"""Tokens that end with a checksum in base 62: npm, NetBird, Polar, Thunderstore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.scanner.checksums import netbird, npm, polar, thunderstore
from sopskit.scanner.checksums.base62 import checksum

if TYPE_CHECKING:
    from types import ModuleType

# Of a sample token in wide public use: npm's and Thunderstore's are of the same format.
RANDOM, CHECKSUM = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"


def test_of_githubs_sample() -> None:
    assert checksum(RANDOM) == CHECKSUM


@pytest.mark.parametrize(
    ("kind", "prefix"), [(npm, "npm_"), (netbird, "nbp_"), (thunderstore, "tss_"), (polar, "polar_oat_")]
)
def test_is_of_what_follows_the_prefix(kind: ModuleType, prefix: str) -> None:
    token = prefix + RANDOM + CHECKSUM
    assert kind.valid(token)
    for place in range(len(prefix), len(token)):
        other = "a" if token[place] != "a" else "b"
        assert not kind.valid(token[:place] + other + token[place + 1 :]), place
