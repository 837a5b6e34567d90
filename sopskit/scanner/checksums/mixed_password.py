"""As `password`, and not only one word: where a URL in a text says no more than `user:word@host`."""

from __future__ import annotations

from sopskit.scanner.checksums import password

_LEAST_KINDS = 2


def valid(secret: str) -> bool:
    """Whether it may be a password in use, and has characters of two kinds or more."""
    kinds = (str.islower, str.isupper, str.isdigit, lambda character: not character.isalnum())
    return password.valid(secret) and sum(any(map(kind, secret)) for kind in kinds) >= _LEAST_KINDS
