"""The header that a line of INI or TOML stands under."""

from __future__ import annotations

import re

_FAR = 8192
_HEADER = re.compile(rb"^[ \t]*\[{1,2}(?P<name>[^\]\n]{1,120})\]{1,2}[ \t\r]*$", re.MULTILINE)


def section(content: bytes, start: int) -> tuple[str, ...]:
    """The parts of the name of the last header before a line."""
    names = [found["name"] for found in _HEADER.finditer(content, max(0, start - _FAR), start)]
    last = names[-1].decode("utf-8", "replace") if names else ""
    return tuple(part.strip(" \"'") for part in last.split(".") if part)
