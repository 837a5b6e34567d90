"""The age file format: armor, header, payload; as much of it as SOPS uses.

SOPS keeps one armored age file per recipient, and in it a data key of 32 bytes (33 with its Shamir
index). So a file here has a small header and a payload of one chunk, and anything longer is refused
before any work is spent on it.

Source: https://c2sp.org/age; for the armor, RFC 7468 in its strict form.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE_KEY_SIZE = 16
ZERO_NONCE = bytes(12)  # the age wrap keys are used once each, so their nonce is fixed

_BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----"
_END = "-----END AGE ENCRYPTED FILE-----"
_COLUMNS = 64
_MAX_ARMORED = 65536  # the longest recipient stanzas, post-quantum and RSA 16384, stay below 4 KiB
_VERSION = b"age-encryption.org/v1"
_PAYLOAD_NONCE_SIZE = 16
_LAST_CHUNK_NONCE = bytes(11) + b"\x01"  # counter 0, and the flag of the last chunk
_ARGUMENTS = re.compile(rb"[!-~]+(?: [!-~]+)*")


class AgeFormatError(ValueError):
    """Not an age file that SOPS could have written; the message never repeats content."""


class Stanza(NamedTuple):
    """A recipient stanza: the file key, wrapped for one recipient.

    Attributes:
        arguments: the type, then what the type defines.
        body: the wrapped file key.
    """

    arguments: tuple[str, ...]
    body: bytes


class AgeFile(NamedTuple):
    """An age file taken apart.

    Attributes:
        raw: the whole binary file.
        stanzas: its recipient stanzas.
        header: the bytes that the header's MAC covers.
        mac: that MAC.
        payload: nonce and ciphertext.
    """

    raw: bytes
    stanzas: tuple[Stanza, ...]
    header: bytes
    mac: bytes
    payload: bytes


def armor(raw: bytes) -> str:
    """Armor a binary age file: LF line ends, a line end after the last line, as Go's age writes it."""
    text = base64.b64encode(raw).decode("ascii")
    lines = (text[i : i + _COLUMNS] for i in range(0, len(text), _COLUMNS))
    return "\n".join((_BEGIN, *lines, _END)) + "\n"


def dearmor(text: str) -> bytes:
    """The binary file in an armored one; white space around it and CRLF are allowed, as in Go's age.

    Raises:
        AgeFormatError: not armor, not strictly laid out, or longer than any file SOPS writes.
    """
    if len(text) > _MAX_ARMORED:
        raise AgeFormatError("it is too long")
    lines = text.strip().replace("\r\n", "\n").split("\n")
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise AgeFormatError("it has no age armor")
    body = lines[1:-1]
    if any(len(line) != _COLUMNS for line in body[:-1]) or not 0 < len(body[-1]) <= _COLUMNS:
        raise AgeFormatError("its armor has lines of a wrong length")
    return _decode(("".join(body)).encode("utf-8", "replace"))


def parse(raw: bytes) -> AgeFile:
    """Take a binary age file apart, strictly.

    Raises:
        AgeFormatError: the header is not one, or a passphrase protects the file.
    """
    lines = raw.split(b"\n---", 1)[0].split(b"\n")
    if lines[0] != _VERSION:
        raise AgeFormatError("it is no age file of version 1")
    header_end = sum(len(line) + 1 for line in lines) + len(b"---")
    mac_line, separator, payload = raw[header_end:].partition(b"\n")
    if not separator or not mac_line.startswith(b" "):
        raise AgeFormatError("its header has no end")
    stanzas = tuple(_stanzas(lines[1:]))
    if not stanzas or any(stanza.arguments[0] == "scrypt" for stanza in stanzas):
        raise AgeFormatError("it has no recipient")
    return AgeFile(raw, stanzas, raw[:header_end], _decode_unpadded(mac_line[1:]), payload)


def seal(file_key: bytes, stanza: Stanza, data: bytes) -> bytes:
    """The binary age file that holds `data` (at most 64 KiB), its file key wrapped in one stanza."""
    nonce = os.urandom(_PAYLOAD_NONCE_SIZE)
    header = b"\n".join((_VERSION, *_lines_of(stanza), b"---"))
    mac = encode_unpadded(_header_mac(file_key, header).finalize()).encode()
    sealed = ChaCha20Poly1305(hkdf(file_key, nonce, b"payload")).encrypt(_LAST_CHUNK_NONCE, data, None)
    return header + b" " + mac + b"\n" + nonce + sealed


def open_payload(file: AgeFile, file_key: bytes) -> bytes | None:
    """What the file holds, or None where the file key does not fit or the file was changed."""
    nonce, sealed = file.payload[:_PAYLOAD_NONCE_SIZE], file.payload[_PAYLOAD_NONCE_SIZE:]
    try:
        _header_mac(file_key, file.header).verify(file.mac)
        return ChaCha20Poly1305(hkdf(file_key, nonce, b"payload")).decrypt(_LAST_CHUNK_NONCE, sealed, None)
    except (InvalidSignature, InvalidTag, ValueError):
        return None


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 with 32 bytes of output, the only derivation that age uses."""
    return HKDF(SHA256(), 32, salt, info).derive(key)


def encode_unpadded(data: bytes) -> str:
    """Base64 as the header of an age file has it: standard alphabet, no padding."""
    return base64.b64encode(data).decode("ascii").rstrip("=")


def decode_argument(text: str) -> bytes:
    """The bytes of a stanza's argument.

    Raises:
        AgeFormatError: not canonical Base64 without padding.
    """
    return _decode_unpadded(text.encode())


def _header_mac(file_key: bytes, header: bytes) -> HMAC:
    mac = HMAC(hkdf(file_key, b"", b"header"), SHA256())
    mac.update(header)
    return mac


def _lines_of(stanza: Stanza) -> list[bytes]:
    """The stanza's lines; its last line is always shorter than 64 columns, if need be empty."""
    body = encode_unpadded(stanza.body)
    lines = [body[i : i + _COLUMNS] for i in range(0, len(body) + 1, _COLUMNS)]
    return [line.encode() for line in ("-> " + " ".join(stanza.arguments), *lines)]


def _stanzas(lines: list[bytes]) -> list[Stanza]:
    found: list[Stanza] = []
    remaining = iter(lines)
    for line in remaining:
        if not line.startswith(b"-> ") or not _ARGUMENTS.fullmatch(line, 3):
            raise AgeFormatError("its header has a line that belongs to no stanza")
        body: list[bytes] = []
        for part in remaining:
            body.append(part)
            if len(part) < _COLUMNS:
                break
        if not body or len(body[-1]) >= _COLUMNS or any(len(part) > _COLUMNS for part in body):
            raise AgeFormatError("its header has a stanza without an end")
        found.append(Stanza(tuple(line[3:].decode("ascii").split(" ")), _decode_unpadded(b"".join(body))))
    return found


def _decode_unpadded(text: bytes) -> bytes:
    if text.endswith(b"="):
        raise AgeFormatError("its Base64 is padded")
    return _decode(text + b"=" * (-len(text) % 4))


def _decode(text: bytes) -> bytes:
    """Strict Base64: no foreign character, and no bits left over that a second spelling could use."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise AgeFormatError("it is not Base64") from None
    if base64.b64encode(data) != text:
        raise AgeFormatError("its Base64 is not canonical")
    return data
