"""Discord's bot tokens: the first part is the bot's id, a snowflake, as decimal digits in base64.

Source: https://discord.com/developers/docs/reference#snowflakes
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode

#: An id has more digits since 2015, the first year of Discord, and fewer until 2090.
_DIGITS = range(17, 21)


def valid(secret: str) -> bool:
    """Whether the first part is an id."""
    part = secret.partition(".")[0]
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return False
    return decoded.isdigit() and len(decoded) in _DIGITS
