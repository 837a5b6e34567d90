"""Texts of a repository as they may be shown: it may be hostile, or hold what it should not."""

from __future__ import annotations

import re

#: The beginning says what it is, the rest is the secret.
_AGE_IDENTITY = re.compile(r"(AGE-SECRET-KEY-(?:PQ-)?1?|AGE-PLUGIN-)[0-9A-Z+._-]+", re.IGNORECASE)


def shown(text: str) -> str:
    r"""A text without control or undecodable characters, and without the secret part of an age identity.

    Such a character could move the cursor or forge a line of ours; it becomes `\n`, `\x1b` or `\udcff`.
    """
    text = mask_private(text)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def mask_private(text: str) -> str:
    """A text with the secret part of each age identity in it left out."""
    return _AGE_IDENTITY.sub(r"\1...", text)
