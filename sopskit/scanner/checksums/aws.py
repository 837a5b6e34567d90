"""Whether a credential of AWS is none from its documentation, whose credentials all hold the word EXAMPLE.

No checksum, but used as one: session tokens are too long for the words of placeholders.
"""

from __future__ import annotations


def valid(secret: str) -> bool:
    """Whether it lacks the word."""
    return "EXAMPLE" not in secret
