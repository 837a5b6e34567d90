"""npm's access tokens: `npm_`, 30 random characters and their checksum.

Source: https://github.blog/2021-09-23-announcing-npms-new-access-token-format/ (as GitHub's tokens).
"""

from __future__ import annotations

from sopskit.scanner.checksums.base62 import ends_with_checksum


def valid(secret: str) -> bool:
    """Whether the last six characters are the checksum of those between the prefix and them."""
    return ends_with_checksum(secret.removeprefix("npm_"))
