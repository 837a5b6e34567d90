"""CSV that a spreadsheet opens without running what a repository's names say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: With these a cell begins that spreadsheets take for a formula (OWASP, "CSV Injection"), the wide forms of
#: the first four too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *map(chr, (0xFF1D, 0xFF0B, 0xFF0D, 0xFF20)))


def document(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as RFC 4180 has them, but for the ends of lines, which are those of the system's other tools.

    A cell that would be a formula gets an apostrophe before it, which spreadsheets take for "this is text".
    """
    return "\n".join(",".join(map(_cell, row)) for row in (header, *rows))


def _cell(text: str) -> str:
    text = shown(text)
    if text.lstrip(" ").startswith(_FORMULA):
        text = f"'{text}"
    if any(char in text for char in ',"') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
