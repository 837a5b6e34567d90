"""Whether a text has capital and small letters and digits, as a random one of 20 characters and more has.

No vendor's checksum, but used as one: identifiers and words of the same length do not.
"""

from __future__ import annotations

from itertools import pairwise

#: Without a digit: how often the case changes, at least. Where chance decides it is 0.5, in names about 0.3.
_CHANGES = 0.45


def valid(secret: str) -> bool:
    """Whether it has all three, or letters of both cases without the order of words."""
    if not (any(map(str.isupper, secret)) and any(map(str.islower, secret))):
        return False
    changes = sum(before.isupper() != after.isupper() for before, after in pairwise(secret))
    return any(map(str.isdigit, secret)) or changes >= _CHANGES * (len(secret) - 1)
