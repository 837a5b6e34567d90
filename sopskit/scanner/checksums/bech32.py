"""Keys in Bech32: identities of age, secret keys of Nostr and of Cardano.

Source: BIP 173; https://c2sp.org/age; https://github.com/nostr-protocol/nips/blob/master/19.md
"""

from __future__ import annotations

from sopskit.keys.bech32 import Bech32Error, decode


def valid(secret: str) -> bool:
    """Whether the checksum matches."""
    try:
        decode(secret)
    except Bech32Error:
        return False
    return True
