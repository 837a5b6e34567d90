"""Secret keys and seeds of Tezos, in Base58Check.

Source: https://octez.tezos.com/docs/developer/encodings.html (base58 prefixes).
"""

from __future__ import annotations

from sopskit.scanner.checksums.base58 import payload


def valid(secret: str) -> bool:
    """Whether the checksum matches."""
    return payload(secret) is not None
