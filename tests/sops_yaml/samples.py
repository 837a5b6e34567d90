"""Keys that tests put into `.sops.yaml`, made from a name, and the hand-written files."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sopskit.keys import bech32, recipients

SHAPES = sorted((Path(__file__).parent / "shapes").glob("*.yaml"))


def age(name: str) -> str:
    """An age recipient; nobody has its identity."""
    return bech32.encode("age", hashlib.sha256(name.encode()).digest())


def pgp(name: str) -> str:
    """A fingerprint of 40 digits."""
    return hashlib.sha1(name.encode()).hexdigest().upper()


def ssh(name: str) -> str:
    """An Ed25519 public key with a comment of two words."""
    private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    line = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return f"{line} root@{name} (office)"


NEW = {kind: recipients.parse(make("newhost")) for kind, make in (("age", age), ("pgp", pgp), ("ssh", ssh))}
