"""Private keys of Bitcoin and its relatives: WIF and extended keys (BIP 32), both in Base58Check.

Source: https://en.bitcoin.it/wiki/Wallet_import_format, BIP 32 ("Serialization format").
"""

from __future__ import annotations

from sopskit.scanner.checksums.base58 import payload

_WIF_LENGTHS = (33, 34)  # version, key, and perhaps the mark of a compressed public key
_EXTENDED_LENGTH = 78


def valid(secret: str) -> bool:
    """Whether the checksum matches and the length is that of a private key."""
    body = payload(secret)
    return body is not None and len(body) in (*_WIF_LENGTHS, _EXTENDED_LENGTH)
