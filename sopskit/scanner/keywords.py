"""Whether a text is assigned to a name that holds a keyword: `DATADOG_API_KEY: "..."`.

Before the secret, on its line, stands the keyword, perhaps more of its name, then an operator; between them
only words that say nothing of their own (`string`, `value`, `token`), and none that says "a hash".
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Most bytes between a keyword and the secret.
MAX_GAP = 60

#: A shorter keyword counts only where a word begins: "dd" is no part of "add".
_SHORT = 5

#: Words that may stand between the name and the secret: they say neither what it is nor what it is not.
_NEUTRAL = (
    # credentials, by general names
    rb"[a-z0-9_]*(?:key|token|secret|passw|pwd|auth|cred|bearer|access)[a-z0-9_]*|api"
    # types, of several languages
    rb"|str|string|text|char|const|let|var|final|static|optional|option|any|std|nsstring|byte|bytes"
    # how a value is given
    rb"|value|val|default|content|data|set|get|getenv|env|environ|os|process|config|settings|type|name|header"
    rb"|new|some|from|to|is|or|and|rb|export|[a-z]"
)

_GAP = re.compile(
    rb"(?P<tail>[0-9A-Za-z_.-]*)(?:[^0-9A-Za-z_\n]+(?:" + _NEUTRAL + rb")\b)*[^0-9A-Za-z_\n]+", re.IGNORECASE
)

#: What a keyword may end with.
_OPERATORS = b"\"' :=>("

#: Names of what says where the secret is.
_ELSEWHERE = re.compile(rb"(?:file|filename|path|dir|url|uri|endpoint|host)$", re.IGNORECASE)

#: What assigns, or hands over: in code, in data, in XML, on a command line.
_OPERATOR = re.compile(rb"[=:>(,]|\s")

#: Names of what looks like a secret and is none.
_HASHES = re.compile(
    rb"md5|sha(?:1|2|3|256|384|512|sum|[^0-9a-z]|$)|checksum|digest|hash(?!icorp)|commit|revision|etag|integrity"
    rb"|fingerprint|uuid|guid|public",
    re.IGNORECASE,
)


def is_assigned(keywords: tuple[str, ...], content: bytes, start: int) -> bool:
    """Whether the text at `start` is assigned to a name that holds one of the keywords (in lowercase)."""
    return any(map(_is_gap, _gaps(keywords, content, start)))


def is_near(keywords: tuple[str, ...], content: bytes, start: int) -> bool:
    """Whether one of the keywords stands before `start` at all: enough where the secret says what it is."""
    return any(True for _ in _gaps(keywords, content, start))


def _gaps(keywords: tuple[str, ...], content: bytes, start: int) -> Iterator[bytes]:
    """What stands between each keyword and `start`, an operator at the keyword's end included."""
    longest = max(map(len, keywords))
    low = max(content.rfind(b"\n", 0, start) + 1, start - MAX_GAP - longest, 0)
    before = content[low:start]
    for found in _occurrences(keywords).finditer(before):
        word = found["word"]
        place, end = found.span("word")
        if len(before) - end <= MAX_GAP and (len(word) > _SHORT or _begins_a_word(before, place)):
            yield before[place + len(word.rstrip(_OPERATORS)) :]


@lru_cache(maxsize=4096)
def _occurrences(keywords: tuple[str, ...]) -> re.Pattern[bytes]:
    """All places of the keywords, those that overlap too."""
    words = "|".join(spelling(word) for word in sorted(keywords, key=len, reverse=True))
    return re.compile(rf"(?=(?P<word>{words}))".encode(), re.IGNORECASE)


def spelling(keyword: str) -> str:
    """A keyword as a regular expression: its `_` may be another separator, or none as in `myApiKey`."""
    return re.escape(keyword).replace("_", "[_. -]?")


def _begins_a_word(text: bytes, start: int) -> bool:
    """Whether what starts there is the beginning of a word, or of a part of one: `ddKey`, `my_dd`, `myDd`."""
    before, first = text[start - 1 : start], text[start : start + 1]
    return not before.isalnum() or (before.islower() and first.isupper())


def _is_gap(gap: bytes) -> bool:
    if _HASHES.search(gap):
        return False
    found = _GAP.fullmatch(gap)
    return (
        found is not None
        and _ELSEWHERE.search(found["tail"]) is None
        and _OPERATOR.search(gap, found.end("tail")) is not None
    )
