"""Small pieces of text output: safe names, tables, diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.output import amounts
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.keys.recipients import Recipient

count = amounts.count

_SHORT = 20

_PRIVATE_BLOCK = "PRIVATE KEY"


def short(recipient: Recipient) -> str:
    """A recipient short enough for a table: its first characters, or a fingerprint's last."""
    text = recipient.key.removeprefix("ssh-ed25519 ").removeprefix("ssh-rsa ")
    text = shown(text)
    if len(text) <= _SHORT:
        return text
    return text[:12] + "…" + text[-7:]


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as left-aligned columns, two spaces apart; the last column is not padded."""
    if not rows:
        return ""
    rows = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "\n".join(lines)


def diff(old: str, new: str, path: str) -> str:
    """A unified diff of two texts of one file, without a trailing newline.

    Where a private key in armor stands in the file, no line is shown that does not change.
    """
    import difflib

    context = 0 if _PRIVATE_BLOCK in old.upper() else 2
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=context
    )
    return "\n".join(shown(line.replace("\t", "    ")) for line in lines)
