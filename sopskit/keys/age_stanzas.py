"""Wrapping a file key for age's X25519 and SSH recipients, and unwrapping it for X25519.

pyrage could wrap, but adds a second, meaningless stanza of random length to every file ("grease").
SOPS writes one stanza, and so do we.

Source: https://c2sp.org/age (X25519) and https://pkg.go.dev/filippo.io/age/agessh (SSH).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sopskit.errors import InvalidRecipientError
from sopskit.keys import bech32, ssh
from sopskit.keys.age_format import (
    FILE_KEY_SIZE,
    ZERO_NONCE,
    AgeFormatError,
    Stanza,
    decode_argument,
    encode_unpadded,
    hkdf,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.keys.recipients import Recipient

_X25519_LABEL = b"age-encryption.org/v1/X25519"
_SSH_ED25519_LABEL = b"age-encryption.org/v1/ssh-ed25519"
_SSH_RSA_LABEL = b"age-encryption.org/v1/ssh-rsa"


def x25519(recipient: Recipient) -> Callable[[bytes], Stanza]:
    """The function that wraps a file key for an `age1...` recipient.

    Raises:
        InvalidRecipientError: the key is no point that X25519 can use.
    """
    public = bech32.decode(recipient.text)[1]
    key = X25519PublicKey.from_public_bytes(public)

    def wrap(file_key: bytes) -> Stanza:
        share, secret = _exchange(key)
        body = _seal(hkdf(secret, share + public, _X25519_LABEL), file_key)
        return Stanza(("X25519", encode_unpadded(share)), body)

    return wrap


def x25519_opener(private: X25519PrivateKey) -> Callable[[Stanza], bytes | None]:
    """The function that unwraps a file key with an X25519 identity; None where the stanza is for another."""
    public = private.public_key().public_bytes_raw()

    def unwrap(stanza: Stanza) -> bytes | None:
        if len(stanza.arguments) != 2 or len(stanza.body) != FILE_KEY_SIZE + 16:
            return None  # a longer body could be made to open with several keys
        try:
            share = decode_argument(stanza.arguments[1])
            secret = private.exchange(X25519PublicKey.from_public_bytes(share))
            return ChaCha20Poly1305(hkdf(secret, share + public, _X25519_LABEL)).decrypt(
                ZERO_NONCE, stanza.body, None
            )
        except (AgeFormatError, InvalidTag, ValueError):
            return None

    return unwrap


def ssh_ed25519(recipient: Recipient) -> Callable[[bytes], Stanza]:
    """The function that wraps a file key for an `ssh-ed25519` recipient.

    Raises:
        InvalidRecipientError: the key is no point of the curve that can be converted.
    """
    wire = ssh.wire_bytes(recipient)
    public = ssh.montgomery(recipient)
    key = X25519PublicKey.from_public_bytes(public)
    tweak = X25519PrivateKey.from_private_bytes(hkdf(b"", wire, _SSH_ED25519_LABEL))

    def wrap(file_key: bytes) -> Stanza:
        share, secret = _exchange(key)
        secret = tweak.exchange(X25519PublicKey.from_public_bytes(secret))
        body = _seal(hkdf(secret, share + public, _SSH_ED25519_LABEL), file_key)
        return Stanza(("ssh-ed25519", ssh.age_tag(recipient), encode_unpadded(share)), body)

    return wrap


def ssh_rsa(recipient: Recipient) -> Callable[[bytes], Stanza]:
    """The function that wraps a file key for an `ssh-rsa` recipient.

    Raises:
        InvalidRecipientError: the key is damaged or too small.
    """
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ssh.rsa_public_key(recipient)
    padding = OAEP(MGF1(SHA256()), SHA256(), _SSH_RSA_LABEL)
    return lambda file_key: Stanza(("ssh-rsa", ssh.age_tag(recipient)), key.encrypt(file_key, padding))


def _exchange(public: X25519PublicKey) -> tuple[bytes, bytes]:
    """A fresh key share, and the secret it makes with `public`."""
    ephemeral = X25519PrivateKey.from_private_bytes(os.urandom(32))  # generate() takes half as long again
    try:
        secret = ephemeral.exchange(public)
    except ValueError:  # the all-zero secret of a low-order point
        raise InvalidRecipientError(
            "this key is a point of low order, which protects nothing", hint="have the host make a new key"
        ) from None
    return ephemeral.public_key().public_bytes_raw(), secret


def _seal(key: bytes, file_key: bytes) -> bytes:
    return ChaCha20Poly1305(key).encrypt(ZERO_NONCE, file_key, None)
