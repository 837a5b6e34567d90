"""Texts that look like secrets, made where they are needed: none stands in a file."""

from __future__ import annotations

import random
import string

LETTERS = string.ascii_letters + string.digits


def made_up(seed: int, size: int = 24, alphabet: str = LETTERS) -> str:
    """A text by chance, the same one for a seed."""
    return "".join(random.Random(seed).choices(alphabet, k=size))
