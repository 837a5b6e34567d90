"""NetBird's personal access tokens: `nbp_`, 30 random characters and their checksum.

Source: netbirdio/netbird, management/server/types/personal_access_token.go.
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import ends_with_checksum


def valid(secret: str) -> bool:
    """Whether the last six characters are the checksum of those between the prefix and them."""
    return ends_with_checksum(secret.removeprefix("nbp_"))
