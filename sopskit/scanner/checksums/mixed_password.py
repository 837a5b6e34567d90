"""As `password`, and not only a word or a name: where a text says no more than `user:word@host`."""

from __future__ import annotations

from sopskit.scanner.checksums import password

#: Part of the letters that are capitals: in random texts a half, in names such as `OptionalString` few.
_FEWEST, _MOST = 0.3, 0.7


def valid(secret: str) -> bool:
    """Whether it may be a password in use, has more than letters, or capitals as by chance."""
    letters = secret.replace("_", "")
    if letters.isalpha():
        capitals = sum(map(str.isupper, letters)) / len(letters)
        if not _FEWEST <= capitals <= _MOST:
            return False
    return password.valid(secret)
