"""GitHub's checksum, on a sample token in wide public use."""

from __future__ import annotations

import pytest

from sopskit.scanner.checksums.github import valid

TOKEN = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17"


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_"])
def test_is_of_what_follows_the_prefix(prefix: str) -> None:
    assert valid(prefix + TOKEN)


def test_notices_one_other_character_anywhere() -> None:
    for place, character in enumerate(TOKEN):
        other = TOKEN[:place] + ("a" if character != "a" else "b") + TOKEN[place + 1 :]
        assert not valid("ghp_" + other), place
