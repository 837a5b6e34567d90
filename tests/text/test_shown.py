"""What of a hostile text reaches a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sopskit.text.shown import shown

SECRET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ordinary ü.yaml", "ordinary ü.yaml"),
        ("a\nb\x1b[2J\udcff\u202e", r"a\nb\x1b[2J\udcff\u202e"),
        (f"AGE-SECRET-KEY-1{SECRET.upper()} behind", "AGE-SECRET-KEY-1... behind"),
        (f"'age-secret-key-1{SECRET}'", "'age-secret-key-1...'"),
        (f"AGE-SECRET-KEY-PQ-1{SECRET}", "AGE-SECRET-KEY-PQ-1..."),
        (f"AGE-PLUGIN-YUBIKEY-V2-1{SECRET}", "AGE-PLUGIN-..."),
        (f"a/Age-Plugin-my.own+one_1{SECRET}/b", "a/Age-Plugin-.../b"),
        (f"AGE-SECRET-KEY-1{SECRET}\nAGE-SECRET-KEY-1{SECRET}", r"AGE-SECRET-KEY-1...\nAGE-SECRET-KEY-1..."),
    ],
)
def test_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


@given(
    st.text(st.characters()), st.sampled_from(["AGE-SECRET-KEY-1", "age-secret-key-pq-1", "AGE-PLUGIN-X-1"])
)
def test_whatever_stands_before_it_a_key_is_not_shown(before: str, prefix: str) -> None:
    found = shown(f"{before}{prefix}{SECRET}")
    assert found.isprintable()
    assert SECRET[-6:] not in found
