"""Shamir's secret sharing; that sops combines our shares is tested in test_rewrap."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sopskit.errors import FailedError
from sopskit.sops import shamir


@settings(max_examples=50, deadline=None)
@given(data=st.data(), secret=st.binary(min_size=1, max_size=40), parts=st.integers(2, 12))
def test_any_threshold_of_shares_suffices(data: st.DataObject, secret: bytes, parts: int) -> None:
    threshold = data.draw(st.integers(2, parts))
    shares = shamir.split(secret, parts, threshold)
    assert [share[-1] for share in shares] == list(range(1, parts + 1))
    chosen = data.draw(st.permutations(shares))[:threshold]
    assert shamir.combine(chosen) == secret
    place = data.draw(st.integers(1, 255))
    joined = shamir.share_at(chosen, place)
    assert (
        shamir.combine([joined, *[share for share in chosen if share[-1] != place][: threshold - 1]])
        == secret
    )


def test_fixed_vector() -> None:
    # secret 0x42 with the polynomial 0x42 + 0x53 x; 0x53 * 2 = 0xa6 and 0x53 * 0xca = 1 in the field of AES
    assert shamir.combine([bytes([0x42 ^ 0x53, 1]), bytes([0x42 ^ 0xA6, 2])]) == b"\x42"
    assert shamir.share_at([bytes([0x42 ^ 0x53, 1]), bytes([0x42 ^ 0xA6, 2])], 0xCA) == bytes([0x43, 0xCA])


@pytest.mark.parametrize(("parts", "threshold"), [(2, 1), (2, 3), (256, 2), (0, 0)])
def test_split_refuses(parts: int, threshold: int) -> None:
    with pytest.raises(FailedError):
        shamir.split(b"x", parts, threshold)


@pytest.mark.parametrize(
    "shares", [[], [b"a\1"], [b"a\1", b"b\1"], [b"a\0", b"b\1"], [b"a\1", b"bb\2"], [b"\1", b"\2"]]
)
def test_combine_refuses(shares: list[bytes]) -> None:
    with pytest.raises(FailedError):
        shamir.combine(shares)


@pytest.mark.parametrize("place", [0, 256, -1])
def test_share_at_refuses(place: int) -> None:
    with pytest.raises(FailedError):
        shamir.share_at([b"a\1", b"b\2"], place)
