"""A pattern in its parts, to tell a dot that is meant as a dot from one that is meant as any character.

Source: the syntax of RE2 (https://github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

import re

#: A longer pattern was made by a program, and is not judged.
_LONGEST = 2_000

_TOKEN = re.compile(
    r"""
    \\Q.*?(?:\\E|\Z)            # literal text
    | \\[pPx]\{[^}]*\} | \\.    # escapes
    | \[\^?\]?(?:\\.|[^\]\\])*\]    # a class
    | \(\?[^():]*:              # a group with a name or flags
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_REPEATS = ("*", "+", "?", "{")
_ENDING = re.compile(r"(?:\\\.|\.)(?:[A-Za-z0-9?]{2,12}|\((?:\?:)?[A-Za-z0-9|?]+\))\Z")


def tokens(pattern: str) -> list[str]:
    """The parts; joined they are the pattern. One part for a pattern too long to be judged."""
    return _TOKEN.findall(pattern) if len(pattern) <= _LONGEST else [pattern]


def with_escaped_dots(pattern: str) -> str:
    r"""The pattern with `\\.` for each dot before a word, as in `.yaml` and `.(a|b)`."""
    parts = tokens(pattern)
    for index, part in enumerate(parts):
        if part == "." and _begins_word(parts, index + 1) and not (index and parts[index - 1] == "."):
            parts[index] = r"\."
    return "".join(parts)


def _begins_word(parts: list[str], index: int) -> bool:
    """Whether a letter or digit stands there, perhaps behind the start of a group."""
    while index < len(parts) and parts[index].startswith("("):
        index += 1
    if index == len(parts) or not parts[index].isalnum():
        return False
    return index + 1 == len(parts) or parts[index + 1] not in _REPEATS or parts[index + 1] == "?"


def with_closed_end(pattern: str) -> str:
    """The pattern with a `$` behind the extension that it ends with; as it is where it ends otherwise."""
    if len(pattern) > _LONGEST or _has_alternatives(pattern) or not _ENDING.search(pattern):
        return pattern
    return f"{pattern}$"


def with_whole_first_word(pattern: str) -> str:
    """A pattern that does not begin in the middle of a word; as it is where it begins with no letter."""
    if not pattern[:1].isalnum() or len(pattern) > _LONGEST:
        return pattern
    return rf"\b(?:{pattern})"


def _has_alternatives(pattern: str) -> bool:
    """Whether the pattern as a whole has alternatives, so that its end is that of the last one only."""
    depth = 0
    for part in tokens(pattern):
        depth += part.startswith("(") - (part == ")")
        if part == "|" and depth == 0:
            return True
    return False
