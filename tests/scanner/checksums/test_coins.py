"""Keys of currencies and of age, on the samples of their specifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sopskit.scanner.checksums import bech32, bitcoin, ripple, stellar, tezos

if TYPE_CHECKING:
    from types import ModuleType

SAMPLES = [
    # https://en.bitcoin.it/wiki/Wallet_import_format
    (bitcoin, "5Hue" + "CGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ"),
    # BIP 32, test vector 1, chain m
    (
        bitcoin,
        (
            "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6"
            "cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"
        ),
    ),
    # https://xrpl.org/docs/concepts/accounts/cryptographic-keys
    (ripple, "sn25" + "9rEFXrQrWyx3Q7XneWcwV6dfL"),
    (ripple, "sEdT" + "M1uX8pu2do5XvTnutH6HsouMaM2"),
    # SEP-23, test cases
    (stellar, "SBU2" + "RRGLXH3E5CQHTD3ODLDF2BWDCYUSSBLLZ5GNW7JXHDIYKXZWHOKR"),
    # https://octez.tezos.com/docs/user/sandbox.html, bootstrap1
    (tezos, "edsk" + "3gUfUPyBSfrS9CCgmCiQsTCHGkviBDusMxDJstFtojtc1zcpsh"),
    # NIP-19, examples
    (bech32, "nsec" + "1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"),
]


@pytest.mark.parametrize(("kind", "key"), SAMPLES)
def test_takes_the_sample_of_the_specification(kind: ModuleType, key: str) -> None:
    assert kind.valid(key)


@pytest.mark.parametrize(("kind", "key"), SAMPLES)
def test_notices_one_other_character_anywhere(kind: ModuleType, key: str) -> None:
    for place, character in enumerate(key):
        other = "7" if character != "7" else "6"
        assert not kind.valid(key[:place] + other + key[place + 1 :]), place


@pytest.mark.parametrize("kind", [bech32, bitcoin, ripple, stellar, tezos])
@pytest.mark.parametrize("text", ["", "1", "A", "0OIl", "\xe4", "A" * 56, "1" * 51, "=" * 56])
def test_takes_nothing_else(kind: ModuleType, text: str) -> None:
    assert not kind.valid(text)


def test_a_public_key_of_bitcoin_is_no_private_one() -> None:
    assert not bitcoin.valid("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2")


def test_an_account_of_stellar_is_no_seed() -> None:
    assert not stellar.valid("GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ")
