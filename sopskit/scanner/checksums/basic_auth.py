"""User and password of HTTP basic authentication: base64 of `user:password`.

Source: RFC 7617, section 2.
"""

from __future__ import annotations

import base64

from sopskit.scanner.checksums import password


def valid(secret: str) -> bool:
    """Whether it decodes to printable text with a colon, and a password behind it that is no placeholder."""
    try:
        text = base64.b64decode(secret, validate=True).decode()
    except ValueError:
        return False
    user, colon, word = text.partition(":")
    return bool(user and colon and text.isprintable()) and password.valid(word)
