"""GitHub's tokens of one part, `ghp_` and its kin: a prefix, 30 random characters and their checksum.

Source: https://github.blog/2021-04-05-behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import ends_with_checksum


def valid(secret: str) -> bool:
    """Whether the last six characters are the checksum of those between the prefix and them."""
    return ends_with_checksum(secret.partition("_")[2])
