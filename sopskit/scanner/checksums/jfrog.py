"""JFrog's reference tokens: base64 of `reftkn:<version>:<expiry, seconds since 1970>:<random characters>`.

Source: https://jfrog.com/help/r/jfrog-platform-administration-documentation/reference-token
"""

from __future__ import annotations

import re
from base64 import b64decode

_DECODED = re.compile(rb"reftkn:[0-9]{2}:[0-9]{10}:[0-9A-Za-z]{16,}")


def valid(secret: str) -> bool:
    """Whether it decodes to a reference token."""
    return _DECODED.fullmatch(b64decode(secret + "=" * (-len(secret) % 4))) is not None
