"""Globs over paths, as in a `.gitignore`, as RE2 patterns."""

from __future__ import annotations

import re
from functools import lru_cache

from sopskit.text import patterns

_PARTS = re.compile(r"\*\*/|/\*\*\Z|\*\*|\*|\?|[^*?]+")
_MEANINGS = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(glob: str, path: str) -> bool:
    """Whether a glob stands for a path.

    `*` and `?` stop at `/`, `**` does not. Without a `/` before its end a glob is for names at any depth. One
    that stands for a folder stands for all below it.

    Args:
        glob: `examples/`, `*.dec.yaml`, `hosts/**/old.yaml`.
        path: relative, with `/`.
    """
    return _compiled(glob).search(path)


@lru_cache(maxsize=256)
def _compiled(glob: str) -> patterns.Pattern:
    anywhere = "/" not in glob.rstrip("/")
    body = "".join(_MEANINGS.get(part, "") or re.escape(part) for part in _PARTS.findall(glob.strip("/")))
    return patterns.compile(rf"(?s)\A{'(?:.*/)?' if anywhere else ''}{body}(?:/|\z)")
