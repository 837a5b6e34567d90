"""Polar's tokens: a prefix of three parts, 37 random characters and their checksum.

Source: polarsource/polar, server/polar/kit/crypto.py (`generate_token`).
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import ends_with_checksum


def valid(secret: str) -> bool:
    """Whether the last six characters are the checksum of those between the prefix and them."""
    return ends_with_checksum(secret.rpartition("_")[2])
