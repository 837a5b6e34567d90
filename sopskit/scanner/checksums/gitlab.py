"""GitLab's routable tokens: `<prefix><payload>.<version>.<payload's size><CRC-32 of all before, base 36>`.

Source: gitlab-org/gitlab, lib/authn/token_field/generator/routable_token.rb;
https://handbook.gitlab.com/handbook/engineering/architecture/design-documents/cells/routable_tokens/
"""

from __future__ import annotations

from zlib import crc32

_WIDTH = 7


def valid(secret: str) -> bool:
    """Whether the last seven characters are the checksum of the text before them."""
    text, check = secret[:-_WIDTH], secret[-_WIDTH:]
    return int(check, base=36) == crc32(text.encode())
