"""Matrix tokens: the samples of the authentication service's documentation, and Synapse's layout."""

from __future__ import annotations

import pytest

from sopskit.scanner.checksums.matrix import valid

# crates/data-model/src/tokens.rs
OF_THE_SERVICE = [
    "mat_" + "kkLSacJDpek22jKWw4AcXG68b7U3W6_0Lg9yb",
    "mar_" + "PkpplxPkfjsqvtdfUlYR1Afg2TpaHF_GaTQd2",
]


@pytest.mark.parametrize("token", OF_THE_SERVICE)
def test_takes_the_samples_of_the_service(token: str) -> None:
    assert valid(token)


@pytest.mark.parametrize("token", OF_THE_SERVICE)
def test_notices_one_other_character_anywhere(token: str) -> None:
    for place, character in enumerate(token):
        assert not valid(token[:place] + ("a" if character != "a" else "b") + token[place + 1 :]), place


def test_synapse_checks_the_prefix_too() -> None:
    """The checksum of "syt_YWxpY2U_KlmnoPqrsTuvwxYzabCd" is 3417791069, in base 62 3jIhaP."""
    token = "syt_YWxpY2U_" + "KlmnoPqrsTuvwxYzabCd_3jIhaP"
    assert valid(token)
    assert not valid(token.replace("syt", "syr"))
    assert not valid(token.swapcase())
