"""Encrypted values and the check of a data key; that it takes sops's MACs is tested in test_rewrap."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sopskit.errors import FailedError
from sopskit.keys.recipients import StanzaKind, label
from sopskit.sops.cipher import Cipher, rfc3339, verify_data_key
from sopskit.sops.metadata import Metadata, Stanza

KEY = bytes(range(32))


def encrypted(plaintext: bytes, aad: str, kind: str = "str", nonce: bytes = b"n" * 32) -> str:
    sealed = AESGCM(KEY).encrypt(nonce, plaintext, aad.encode())
    data, iv, tag = (base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"


@pytest.mark.parametrize("nonce", [b"n" * 32, b"n" * 12])
def test_decrypt(nonce: bytes) -> None:
    assert Cipher(KEY).decrypt(encrypted(b"12", "a:b:", "int", nonce), "a:b:") == 12


@pytest.mark.parametrize(
    ("enc", "key", "aad"),
    [
        (encrypted(b"secret", "a:"), KEY, "b:"),
        (encrypted(b"secret", "a:"), KEY[::-1], "a:"),
        (encrypted(b"secret", "a:", nonce=b"n" * 12).replace("iv:bm5u", "iv:"), KEY, "a:"),
        (encrypted(b"secret", "a:") + "x", KEY, "a:"),
        (encrypted(b"secret", "a:", kind="other"), KEY, "a:"),
        ("ENC[AES256_GCM,data:A,iv:A,tag:A,type:str]", KEY, "a:"),
    ],
)
def test_refused_without_a_word_of_the_content(enc: str, key: bytes, aad: str) -> None:
    with pytest.raises(FailedError) as error:
        Cipher(key).decrypt(enc, aad)
    assert "secret" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("=,iv", "==,iv"),
        (",iv", "=,iv"),
        ("==,type", "=,type"),
        ("==,type", ",type"),
        ("==,type", "A==,type"),
    ],
)
def test_base64_with_another_padding_is_damaged(part: str, other: str) -> None:
    enc = encrypted(b"12345", "a:").replace(part, other)
    with pytest.raises(FailedError, match="base64 is damaged"):
        Cipher(KEY).decrypt(enc, "a:")


@pytest.mark.parametrize("field", ["data", "iv", "tag"])
def test_base64_with_other_bits_behind_the_last_byte_is_damaged(field: str) -> None:
    """Go's decoder ignores them: one value would have many spellings."""
    enc = encrypted(b"12345", "a:")
    before, text = enc.split(f"{field}:")
    last = text.index("=") - 1
    other = chr(ord(text[last]) + 1)
    assert base64.b64decode(text[: last + 1] + "==") == base64.b64decode(text[:last] + other + "==")
    with pytest.raises(FailedError, match="base64 is damaged"):
        Cipher(KEY).decrypt(f"{before}{field}:{text[:last]}{other}{text[last + 1 :]}", "a:")


@pytest.mark.parametrize(
    ("written", "sealed"),
    [
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05+02:00"),
        ("yesterday", "yesterday"),
    ],
)
def test_data_key(written: str, sealed: str) -> None:
    assert rfc3339(written) == sealed
    groups = ((Stanza(label(StanzaKind.AGE, "age1x"), "e"),),)
    metadata = Metadata(
        groups, 0, written, encrypted(b"MAC", sealed), "3.13.3", None, mac_only_encrypted=False
    )
    assert verify_data_key(metadata, KEY)
    assert not verify_data_key(metadata, KEY[::-1])
    assert not verify_data_key(metadata, b"short")
