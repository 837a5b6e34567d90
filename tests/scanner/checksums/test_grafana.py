"""Grafana's checksum, on the token of its own tests (tokengen_test.go)."""

from __future__ import annotations

from sopskit.scanner.checksums.grafana import valid

TOKEN = "glsa" + "_iNValIdinValiDinvalidinvalidinva_5b582697"


def test_is_of_the_whole_text_before_it() -> None:
    assert valid(TOKEN)


def test_notices_one_other_character_anywhere() -> None:
    for place, character in enumerate(TOKEN):
        other = TOKEN[:place] + ("a" if character != "a" else "b") + TOKEN[place + 1 :]
        assert not valid(other), place
