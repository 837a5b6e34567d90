"""Whether a text of 20 characters and more looks made by chance: no words, and no name of something.

No vendor's checksum, but used as one: what stands where a key is handed over may as well be told in words.
"""

from __future__ import annotations

from sopskit.scanner.chance import surprise

#: Least part of steps from one character to the next that no writer of words takes.
_ODD = 0.3


def valid(secret: str) -> bool:
    """Whether it has letters and digits, in an order that is none of words."""
    return any(map(str.isdigit, secret)) and any(map(str.isalpha, secret)) and surprise(secret) >= _ODD
