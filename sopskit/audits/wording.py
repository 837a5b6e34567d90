"""Files in the messages and hints of audits."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence


def some(paths: Sequence[str], what: str = "files", *, most: int = 3) -> str:
    """`a.yaml`, `a.yaml and b.yaml`, `12 files (a.yaml, b.yaml, c.yaml, ...)`.

    Args:
        paths: one at least.
        what: what they are.
        most: how many are named.
    """
    names = [shown(path) for path in paths[:most]]
    if len(paths) > most:
        return f"{len(paths)} {what} ({', '.join(names)}, ...)"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def naming(hint: str, path: str) -> str:
    """A hint with the path, quoted for a shell, where it says FILE."""
    return re.sub(r"\bFILE\b", lambda _: shlex.quote(shown(path)), hint)
