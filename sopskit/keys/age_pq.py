"""age's post-quantum recipients `age1pq1...`: ML-KEM-768 and X25519 together, through HPKE.

Source: https://c2sp.org/age ("MLKEM768-X25519 recipient stanza"). sops before 3.9 refuses a whole file
that has such a recipient.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from sopskit.keys import bech32
from sopskit.keys.age_format import (
    FILE_KEY_SIZE,
    AgeFile,
    AgeFormatError,
    Stanza,
    decode_argument,
    encode_unpadded,
    open_payload,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.keys.recipients import Recipient

_STANZA_TYPE = "mlkem768x25519"
_INFO = b"age-encryption.org/mlkem768x25519"
_MLKEM_PUBLIC_SIZE = 1184
_MLKEM_SEED_SIZE = 64
_ENCAPSULATED_SIZE = 1120
_TAG_SIZE = 16


def recipient_text(seed: bytes) -> str:
    """The public half `age1pq1...` of an identity's 32-byte seed."""
    mlkem, x25519 = _expand(seed)
    public = (
        MLKEM768PrivateKey.from_seed_bytes(mlkem).public_key().public_bytes_raw()
        + X25519PrivateKey.from_private_bytes(x25519).public_key().public_bytes_raw()
    )
    return bech32.encode("age1pq", public)


def wrapper(recipient: Recipient) -> Callable[[bytes], Stanza]:
    """The function that wraps a file key for an `age1pq1...` recipient.

    Raises:
        ValueError: the key is not one of ML-KEM-768.
    """
    public = bech32.decode(recipient.text)[1]
    key = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_SIZE]),
        X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_SIZE:]),
    )
    suite = _suite()

    def wrap(file_key: bytes) -> Stanza:
        sealed = suite.encrypt(file_key, key, _INFO)
        argument = encode_unpadded(sealed[:_ENCAPSULATED_SIZE])
        return Stanza((_STANZA_TYPE, argument), sealed[_ENCAPSULATED_SIZE:])

    return wrap


def opener(seed: bytes) -> Callable[[AgeFile], bytes | None]:
    """The function that opens a file with the identity of a 32-byte seed; None where it does not fit."""
    key = _private_key(seed)

    def open_file(file: AgeFile) -> bytes | None:
        for stanza in file.stanzas:
            file_key = _unwrap(stanza, key)
            if file_key is not None:
                return open_payload(file, file_key)
        return None

    return open_file


def _unwrap(stanza: Stanza, key: MLKEM768X25519PrivateKey) -> bytes | None:
    if stanza.arguments[0] != _STANZA_TYPE or len(stanza.arguments) != 2:
        return None
    try:
        encapsulated = decode_argument(stanza.arguments[1])
    except AgeFormatError:
        return None
    if len(encapsulated) != _ENCAPSULATED_SIZE or len(stanza.body) != FILE_KEY_SIZE + _TAG_SIZE:
        return None
    try:
        return _suite().decrypt(encapsulated + stanza.body, key, _INFO)
    except (InvalidTag, ValueError):
        return None


@lru_cache(maxsize=1)
def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _private_key(seed: bytes) -> MLKEM768X25519PrivateKey:
    mlkem, x25519 = _expand(seed)
    return MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(mlkem), X25519PrivateKey.from_private_bytes(x25519)
    )


def _expand(seed: bytes) -> tuple[bytes, bytes]:
    """The seeds of the two keys: the hybrid KEM draws both from one SHAKE256 stream."""
    stream = hashlib.shake_256(seed).digest(_MLKEM_SEED_SIZE + 32)
    return stream[:_MLKEM_SEED_SIZE], stream[_MLKEM_SEED_SIZE:]
