"""The lines that git leaves in a file in the middle of a merge."""

from __future__ import annotations

import re

_MARKER = re.compile(r"^(?:<{7} |>{7} |={7}\r?$)", re.MULTILINE)


def marker(text: str) -> int | None:
    """Where the first conflict marker stands, or None."""
    if "<" not in text and ">" not in text and "=======" not in text:
        return None  # many times as fast as the pattern
    found = _MARKER.search(text)
    return None if found is None else found.start()
