"""Whether a text has letters and digits, as a random one of both has.

No vendor's checksum, but used as one: identifiers and words of the same length have no digits.
"""

from __future__ import annotations


def valid(secret: str) -> bool:
    """Whether it has both."""
    return any(map(str.isalpha, secret)) and any(map(str.isdigit, secret))
