"""Seeds of the XRP Ledger: sixteen bytes in Base58Check with an alphabet of its own.

Source: https://xrpl.org/docs/references/protocol/data-types/base58-encodings
"""

from __future__ import annotations

from sopskit.scanner.checksums.base58 import RIPPLE, payload

_SEED_LENGTHS = (17, 19)  # one byte of prefix, or three for Ed25519


def valid(secret: str) -> bool:
    """Whether the checksum matches and the length is that of a seed."""
    body = payload(secret, RIPPLE)
    return body is not None and len(body) in _SEED_LENGTHS
