"""An RSA SSH key as a PGP key, the way ssh-to-pgp makes it and sops-nix uses it.

The certificate is what that program writes: a version 4 RSA key created at time 0, one user id, one
positive self-certification, no subkey. So it has the same fingerprint everywhere.

Sources: Mic92/ssh-to-pgp (convert.go), RFC 4880 (packets), and for the salt ProtonMail/go-crypto.
"""

from __future__ import annotations

import base64
import hashlib
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from sopskit.errors import ConfigurationError
from sopskit.keys import ssh

if TYPE_CHECKING:
    from sopskit.keys.recipients import Recipient

_USER_ID = b"root (Imported from SSH) <root@localhost>"
_CREATED = bytes(4)
_RSA, _SHA256, _POSITIVE_CERTIFICATION = 1, 8, 0x13
_PUBLIC_KEY_PACKET, _USER_ID_PACKET, _SIGNATURE_PACKET = 6, 13, 2
_SALT_NOTATION = b"salt@notations.openpgpjs.org"
_SALT_SIZE = 16
_CRITICAL = 0x80
_CERTIFY_SIGN_ENCRYPT = 0x0F


def fingerprint(recipient: Recipient) -> str:
    """The PGP fingerprint, 40 lower-case hex digits, of an `ssh-rsa` key; its public half suffices.

    Raises:
        InvalidRecipientError: not an RSA key, or damaged.
    """
    numbers = ssh.rsa_public_key(recipient).public_numbers()
    return _fingerprint(_key_body(numbers.n, numbers.e)).hex()


def certificate(pem: bytes, *, salt: bytes | None = None) -> str:
    """The armored PGP certificate of an RSA private key, whose holder must sign it.

    Args:
        pem: the private key file, without a passphrase.
        salt: 16 bytes that make the signature unique; random where not given.

    Raises:
        PassphraseError: the key is protected by a passphrase.
        ConfigurationError: not an RSA private key.
    """
    key = ssh.load_private_key(pem)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("only an RSA key can become a PGP key", hint="Ed25519 keys become age keys")
    numbers = key.public_key().public_numbers()
    body = _key_body(numbers.n, numbers.e)
    hashed = _hashed_part(_fingerprint(body), os.urandom(_SALT_SIZE) if salt is None else salt)
    signed = _signed_data(body, hashed)
    signature = (
        hashed
        + bytes(2)  # no unhashed subpackets
        + hashlib.sha256(signed).digest()[:2]
        + _mpi(int.from_bytes(key.sign(signed, PKCS1v15(), SHA256()), "big"))
    )
    return _armor(
        _packet(_PUBLIC_KEY_PACKET, body)
        + _packet(_USER_ID_PACKET, _USER_ID)
        + _packet(_SIGNATURE_PACKET, signature)
    )


def _key_body(modulus: int, exponent: int) -> bytes:
    """RFC 4880 section 5.5.2: version, creation time, algorithm, n, e."""
    return b"\x04" + _CREATED + bytes([_RSA]) + _mpi(modulus) + _mpi(exponent)


def _fingerprint(body: bytes) -> bytes:
    """RFC 4880 section 12.2."""
    # SHA-1 names the key here; nothing is signed with it.
    return hashlib.sha1(b"\x99" + _length(body, 2) + body, usedforsecurity=False).digest()


def _hashed_part(own_fingerprint: bytes, salt: bytes) -> bytes:
    """RFC 4880 section 5.2.3, up to and with the hashed subpackets, in ssh-to-pgp's order."""
    notation = bytes(4) + _length(_SALT_NOTATION, 2) + _length(salt, 2) + _SALT_NOTATION + salt
    subpackets = b"".join(
        bytes([1 + len(content), kind]) + content
        for kind, content in (
            (2 | _CRITICAL, _CREATED),
            (16, own_fingerprint[-8:]),  # issuer key id
            (20, notation),
            (25, b"\x01"),  # primary user id
            (27 | _CRITICAL, bytes([_CERTIFY_SIGN_ENCRYPT])),
            (33, b"\x04" + own_fingerprint),  # issuer fingerprint
        )
    )
    return bytes([4, _POSITIVE_CERTIFICATION, _RSA, _SHA256]) + _length(subpackets, 2) + subpackets


def _signed_data(body: bytes, hashed: bytes) -> bytes:
    """RFC 4880 section 5.2.4: key, user id, the signature's hashed part and its trailer."""
    key = b"\x99" + _length(body, 2) + body
    user_id = b"\xb4" + _length(_USER_ID, 4) + _USER_ID
    return key + user_id + hashed + b"\x04\xff" + _length(hashed, 4)


def _length(data: bytes, size: int) -> bytes:
    return len(data).to_bytes(size, "big")


def _mpi(number: int) -> bytes:
    """RFC 4880 section 3.2: length in bits, then the number."""
    bits = number.bit_length()
    return bits.to_bytes(2, "big") + number.to_bytes((bits + 7) // 8, "big")


def _packet(tag: int, body: bytes) -> bytes:
    """RFC 4880 section 4.2.2, the new format."""
    size = len(body)
    if size < 192:
        length = bytes([size])
    elif size < 8384:
        length = bytes([192 + (size - 192 >> 8), size - 192 & 0xFF])
    else:
        length = b"\xff" + _length(body, 4)
    return bytes([0xC0 | tag]) + length + body


def _armor(packets: bytes) -> str:
    """RFC 4880 section 6.2, without a line end after the last line, as ssh-to-pgp prints it."""
    text = base64.b64encode(packets).decode("ascii")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    checksum = "=" + base64.b64encode(_crc24(packets).to_bytes(3, "big")).decode("ascii")
    begin, end = (f"-----{word} PGP PUBLIC KEY BLOCK-----" for word in ("BEGIN", "END"))
    return "\n".join((begin, "", *lines, checksum, end))


def _crc24(data: bytes) -> int:
    """RFC 4880 section 6.1."""
    checksum = 0xB704CE
    for byte in data:
        checksum ^= byte << 16
        for _ in range(8):
            checksum <<= 1
            if checksum & 0x1000000:
                checksum ^= 0x1864CFB
    return checksum
