"""What may be shown of a secret: its beginning, at most four characters, never over a quarter."""

from __future__ import annotations

_MOST = 4


def masked(secret: bytes) -> str:
    """The beginning of a secret, if it is long enough to show some, and dots."""
    shown = secret[: min(_MOST, len(secret) // 4)].decode("ascii", "replace")
    return f"{shown}..." if shown.isprintable() else "..."
