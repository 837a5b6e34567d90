"""Secret seeds of Stellar: base32 of a version byte, the seed and a CRC-16.

Source: SEP-23, https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md
"""

from __future__ import annotations

import base64
import binascii

_SEED = 18 << 3


def valid(secret: str) -> bool:
    """Whether it is a seed with a right checksum."""
    try:
        raw = base64.b32decode(secret)
    except ValueError:
        return False
    return raw[:1] == bytes([_SEED]) and binascii.crc_hqx(raw[:-2], 0).to_bytes(2, "little") == raw[-2:]
