"""SSH keys: their wire form, their private files, and what age and sops-nix make of them.

Sources: RFC 4253 section 6.6 and RFC 8709 (public keys), OpenSSH's PROTOCOL.key (private files),
Mic92/ssh-to-age (an Ed25519 key as an age key).
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import TYPE_CHECKING

from sopskit.errors import ConfigurationError, InvalidRecipientError
from sopskit.keys import bech32
from sopskit.keys.recipients import KeyKind, Recipient, parse_age

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_FIELD_PRIME = 2**255 - 19
_MAX_MODULUS = 16384  # bits, as in OpenSSH; a longer one takes minutes of this machine's time
_MAX_EXPONENT = 1 << 24  # as in golang.org/x/crypto/ssh, with which age reads keys
_OPENSSH_MAGIC = b"openssh-key-v1\0"
_OPENSSH_ARMOR = re.compile(
    rb"-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----"
)


class PassphraseError(ConfigurationError):
    """A private key needs a passphrase, or the one given does not open it."""


def to_age(recipient: Recipient) -> Recipient:
    """The `age1...` recipient that ssh-to-age makes of an `ssh-ed25519` key.

    Raises:
        InvalidRecipientError: not an Ed25519 key, or no point of its curve.
    """
    return parse_age(bech32.encode("age", montgomery(recipient)))


def private_to_age(pem: bytes, passphrase: bytes | None = None) -> str:
    """The `AGE-SECRET-KEY-1...` identity that ssh-to-age makes of an Ed25519 private key file.

    Raises:
        PassphraseError: it needs a passphrase, or another one.
        ConfigurationError: not an Ed25519 private key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = load_private_key(pem, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError("only an Ed25519 key can become an age key", hint="RSA keys become PGP keys")
    import hashlib

    scalar = hashlib.sha512(key.private_bytes_raw()).digest()[:32]
    return bech32.encode("age-secret-key-", scalar).upper()


def montgomery(recipient: Recipient) -> bytes:
    """The Ed25519 key's point as a Montgomery u-coordinate, the form X25519 takes (32 bytes).

    RFC 7748 section 4.1: u = (1 + y) / (1 - y), the sign of x being dropped.

    Raises:
        InvalidRecipientError: not an Ed25519 key, or its y is 1 or out of range.
    """
    if recipient.kind is not KeyKind.SSH_ED25519:
        raise InvalidRecipientError("only an ssh-ed25519 key can become an age key")
    fields = wire_fields(wire_bytes(recipient))
    point = fields[1] if len(fields) == 2 else b""
    y = int.from_bytes(point, "little") & ~(1 << 255)
    if len(point) != 32 or y >= _FIELD_PRIME or y == 1:
        raise InvalidRecipientError(
            "this SSH key is no point of Ed25519's curve", hint="copy the whole line of the .pub file"
        )
    return ((1 + y) * pow(1 - y, -1, _FIELD_PRIME) % _FIELD_PRIME).to_bytes(32, "little")


def fingerprint(recipient: Recipient) -> str:
    """The key's fingerprint as `ssh-keygen -l` prints it: `SHA256:` and unpadded Base64."""
    digest = _sha256(wire_bytes(recipient))
    return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")


def age_tag(recipient: Recipient) -> str:
    """The four bytes, in Base64, by which age's SSH stanzas name the key they are for."""
    digest = _sha256(wire_bytes(recipient))[:4]
    return base64.b64encode(digest).decode("ascii").rstrip("=")


def _sha256(data: bytes) -> bytes:
    import hashlib  # takes 5 ms to load, and most runs meet no SSH key

    return hashlib.sha256(data).digest()


def wire_bytes(recipient: Recipient) -> bytes:
    """The key in SSH's wire form: what the Base64 of a .pub file holds.

    Raises:
        InvalidRecipientError: not an SSH key, or damaged.
    """
    return base64.b64decode(parse_age(recipient.key).key.partition(" ")[2])


def wire_fields(data: bytes) -> list[bytes]:
    """The length-prefixed strings that `data` consists of (RFC 4251 section 5, "string").

    Raises:
        InvalidRecipientError: a length does not fit.
    """
    fields: list[bytes] = []
    position = 0
    while position < len(data):
        field, position = _field(data, position)
        fields.append(field)
    return fields


def rsa_public_key(recipient: Recipient) -> RSAPublicKey:
    """An `ssh-rsa` recipient as a key that can encrypt.

    Raises:
        InvalidRecipientError: not an RSA key, damaged, below 1024 bits, which age refuses, or above 16384.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    fields = wire_fields(wire_bytes(recipient))
    if recipient.kind is not KeyKind.SSH_RSA or len(fields) != 3:
        raise InvalidRecipientError("this is no ssh-rsa key")
    exponent, modulus = (int.from_bytes(field, "big") for field in fields[1:])
    if modulus.bit_length() > _MAX_MODULUS or exponent > _MAX_EXPONENT:
        raise InvalidRecipientError(
            "this RSA key is damaged or larger than any program makes", hint="have the host make a new key"
        )
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise InvalidRecipientError(
            "this RSA key is damaged or too small to protect anything", hint="have the host make a new key"
        ) from None


def load_private_key(pem: bytes, passphrase: bytes | None = None) -> Ed25519PrivateKey | RSAPrivateKey:
    """Load an Ed25519 or RSA private key, in OpenSSH's format or as PEM.

    Raises:
        PassphraseError: it needs a passphrase, or another one.
        ConfigurationError: not such a key.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in pem else load_pem_private_key
    if passphrase is None and needs_passphrase(pem):
        raise PassphraseError("this private key is protected by a passphrase")
    try:
        key = load(pem.strip() + b"\n", passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's own text may describe the key, so it is dropped.
        if passphrase is not None and needs_passphrase(pem):
            raise PassphraseError("the passphrase does not open this private key") from None
        raise _no_private_key() from None
    if not isinstance(key, Ed25519PrivateKey | RSAPrivateKey):
        raise _no_private_key()
    return key


def without_passphrase(pem: bytes, passphrase: bytes | None = None) -> bytes:
    """The same private key in OpenSSH's format, unencrypted: for memory only, never for a file.

    Raises:
        PassphraseError, ConfigurationError: see `load_private_key`.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = load_private_key(pem, passphrase)
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def needs_passphrase(pem: bytes) -> bool:
    """Whether a private key file is encrypted, as far as its clear part says."""
    if b"BEGIN OPENSSH PRIVATE KEY" in pem:
        cipher, _ = _openssh_clear_part(pem)
        return cipher != b"none"
    return b"BEGIN ENCRYPTED PRIVATE KEY" in pem or b"\nProc-Type: 4,ENCRYPTED" in pem


def public_half(pem: bytes) -> Recipient:
    """The public half of a private key file, without its passphrase where the format shows it.

    OpenSSH's own format holds the public key in clear; an encrypted PEM file does not.

    Raises:
        PassphraseError: the file hides its public half.
        ConfigurationError: not a private key that age can use.
    """
    if b"BEGIN OPENSSH PRIVATE KEY" not in pem:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = load_private_key(pem).public_key()
        return parse_age(public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode("ascii"))
    _, wire = _openssh_clear_part(pem)
    kind = wire_fields(wire)[0] if wire else b""
    if kind not in (b"ssh-ed25519", b"ssh-rsa"):
        raise _no_private_key()
    return parse_age(f"{kind.decode('ascii')} {base64.b64encode(wire).decode('ascii')}")


def _openssh_clear_part(pem: bytes) -> tuple[bytes, bytes]:
    """Cipher name and public key of a file in OpenSSH's format (PROTOCOL.key, section 1)."""
    match = _OPENSSH_ARMOR.search(pem)
    try:
        data = base64.b64decode(b"".join(match[1].split()), validate=True) if match else b""
    except binascii.Error:
        data = b""
    if not data.startswith(_OPENSSH_MAGIC):
        raise _no_private_key()
    try:
        cipher, position = _field(data, len(_OPENSSH_MAGIC))
        for _ in ("the derivation", "its options"):
            _, position = _field(data, position)
        count = int.from_bytes(data[position : position + 4], "big")
        public, _ = _field(data, position + 4)
    except InvalidRecipientError:
        raise _no_private_key() from None
    if count != 1:
        raise _no_private_key()
    return cipher, public


def _field(data: bytes, position: int) -> tuple[bytes, int]:
    """The string at `position`, and the position behind it."""
    if position + 4 > len(data):
        raise InvalidRecipientError("this SSH key is cut off or damaged")
    start = position + 4
    end = start + int(struct.unpack_from(">I", data, position)[0])
    if end > len(data):
        raise InvalidRecipientError("this SSH key is cut off or damaged")
    return data[start:end], end


def _no_private_key() -> ConfigurationError:
    return ConfigurationError("this is no Ed25519 or RSA private key that can be read")
