"""GitHub Markdown of names that may be hostile: none of them is a link, a mention, markup or another cell."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """A text as a code span, in which nothing has a meaning.

    The fence is longer than any run of backticks in it (CommonMark 0.31, 6.1). A bar becomes one that only
    looks like it: inside a table GitHub would end the cell there, code or not, and outside show a backslash.
    """
    text = shown(text).replace("|", "\N{DIVIDES}") or " "
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith(("`", " ")) or text.endswith(("`", " ")) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def details(title: str, content: str) -> str:
    """Content below a line that opens it."""
    return f"<details>\n<summary>{title}</summary>\n\n{content}\n\n</details>"
