"""Whether a text has capital and small letters and digits, as a random one of 20 characters and more has.

No vendor's checksum, but used as one: identifiers and words of the same length do not.
"""

from __future__ import annotations


def valid(secret: str) -> bool:
    """Whether it has all three."""
    return all(any(map(kind, secret)) for kind in (str.isupper, str.islower, str.isdigit))
