"""Thunderstore's service account tokens: `tss_`, 30 random characters and their checksum.

Source: thunderstore-io/Thunderstore, django/thunderstore/account/tokens.py.
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import ends_with_checksum


def valid(secret: str) -> bool:
    """Whether the last six characters are the checksum of those between the prefix and them."""
    return ends_with_checksum(secret.removeprefix("tss_"))
