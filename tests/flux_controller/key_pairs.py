"""Keys that open nothing but what tests encrypt."""

from __future__ import annotations

from typing import NamedTuple

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class KeyPair(NamedTuple):
    """An age key."""

    identity: str
    recipient: str


def _generate() -> KeyPair:
    identity = pyrage.x25519.Identity.generate()
    return KeyPair(str(identity), str(identity.to_public()))


CLUSTER, FOREIGN = _generate(), _generate()
SSH_IDENTITY = (
    Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
)
