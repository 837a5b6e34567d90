"""Where the key `sops` stands in a YAML text, found without parsing the data wherever that can be."""

from __future__ import annotations

import re
from bisect import bisect
from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

# The key, to be found at the left margin. Patterns start with a literal, which `re` finds fast.
_KEY = re.compile(r"""sops["']?[ \t]*:(?=[ \t\r\n]|\Z)""")
# The next line at the left margin that is no comment ends the block.
_BLOCK_END = re.compile(r"\n(?=[^\s#])")
_DOCUMENT = re.compile(r"\n---(?=[ \t\r\n]|\Z)")
# A line whose value in quotes ends where the line does: if nothing was open before it, nothing is after it.
_CLOSED = re.compile(
    r"""\n[ -]*+(?:[A-Za-z0-9_./-]++:[ ]++)?+(?:"[^"\\\n]*+"|'[^'\n]*+'|\{\}|\[\])[ \r]*+(?=\n)"""
)
_CONTENT = re.compile(r"(?:^|\n)\ufeff?[^\s#%\ufeff]")

_MAX_FLOW_DEPTH = 200  # libyaml's time grows with the square of it


def top_level(text: str) -> list[int]:
    """Where `sops` is a key of a document's mapping.

    A line at the margin can only be something else inside a quoted scalar or a flow collection, so
    that the data before it is parsed only where it holds a quote, a brace, or a bracket besides `ENC[`, on
    a line that may leave it open.
    """
    keys = [match.start() for match in _KEY.finditer(text)]
    keys = [start for key in keys if (start := _margin(text, key)) is not None]
    if not keys:
        return []
    before = text[: keys[-1]]
    if _leaves_open(before) and _leaves_open(_CLOSED.sub("", "\n" + before)):
        return sorted(_confirmed(text, set(keys)))
    return keys


def _leaves_open(lines: str) -> bool:
    """Whether a quoted scalar or a flow collection may not have ended, by the signs that there are."""
    quotes = '"' in lines or "'" in lines or "{" in lines  # faster than a pattern, or a loop
    return quotes or lines.count("[") != lines.count("ENC[")


def _margin(text: str, word: int) -> int | None:
    """Where the key that has the word `sops` at `word` starts, if that is at the left margin."""
    start = word - 1 if word and text[word - 1] in "\"'" else word
    margin = start == 0 or text[start - 1] == "\n" or (start == 1 and text[0] == "\ufeff")
    closing = text[word + 4 : word + 5]
    return start if margin and (closing == text[start] if start < word else closing not in "\"'") else None


def _confirmed(text: str, positions: set[int]) -> set[int]:
    """Those of `positions` where a key of a document's mapping starts."""
    from yaml import events

    from sopskit.sops.formats.yaml_blocks import events_of

    depth, found = 0, set[int]()
    offset = int(text.startswith("\ufeff"))  # which libyaml does not count
    for event in events_of(text):
        position = event.start_mark.index + offset
        if isinstance(event, events.ScalarEvent):
            if depth == 1 and position in positions:
                found.add(position)
        elif isinstance(event, events.CollectionStartEvent):
            depth += 1
            if event.flow_style and depth > _MAX_FLOW_DEPTH:
                raise BrokenFileError(
                    "the YAML is nested too deeply in brackets", hint="sops may not open it either"
                )
        elif isinstance(event, events.CollectionEndEvent):
            depth -= 1
    return found


def document_numbers(text: str, keys: Sequence[int]) -> list[int]:
    """Which document of the stream holds each key, from 0; a leading `---` starts no second one."""
    marks = [mark.start() for mark in _DOCUMENT.finditer(text, 0, keys[-1])]
    if marks and not _CONTENT.search(text, 0, marks[0]):
        del marks[0]
    return [bisect(marks, key) for key in keys]


def block_end(text: str, start: int) -> int:
    """Where the lines of the key at `start` end."""
    end = _BLOCK_END.search(text, start)
    return end.end() if end else len(text)
