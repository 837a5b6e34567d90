"""RE2 patterns as Go's `regexp` reads them, which is what sops matches paths and keys with.

RE2 works in time linear in pattern and text, so a pattern of a hostile repository cannot hang a run.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, Protocol

# Go has no budget of this kind; RE2's own default of 8 MiB refuses patterns that sops accepts.
_MEMORY = 64 << 20

# `\C` (one byte) is in RE2 but not in Go; inside \Q...\E it is plain text.
_ESCAPES = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.", re.DOTALL)

_SURROGATE = re.compile("[\ud800-\udfff]")


class PatternError(ValueError):
    """A pattern that Go's `regexp` would not compile; the message is one lowercase line."""


class _Searcher(Protocol):
    def search(self, text: str | bytes) -> object: ...


class Pattern(NamedTuple):
    """A compiled pattern.

    Attributes:
        source: the pattern as it was given.
        searcher: it, compiled.
    """

    source: str
    searcher: _Searcher

    def search(self, text: str) -> bool:
        """Whether the pattern matches anywhere in `text`.

        Surrogates, which `os.fsdecode` gives for bytes that are not UTF-8, are U+FFFD here, as in Go.
        """
        # As bytes: re2 would count characters back from the bytes it works on, for a match nobody looks at.
        return self.searcher.search(_SURROGATE.sub("\ufffd", text).encode()) is not None


@lru_cache(maxsize=1024)
def compile(pattern: str) -> Pattern:  # noqa: A001 -- read as patterns.compile, like re.compile
    """Compile a pattern in the syntax of Go's `regexp` (https://github.com/google/re2/wiki/Syntax).

    Raises:
        PatternError: Go would refuse the pattern.
    """
    import re2

    if any(match.group() == r"\C" for match in _ESCAPES.finditer(pattern)):
        raise PatternError(r"\C is not supported by sops")
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return Pattern(pattern, re2.compile(pattern, options))
    except re2.error as error:
        raise PatternError(_reason(error)) from None
    except UnicodeEncodeError:
        raise PatternError("it is not valid UTF-8") from None


def _reason(error: Exception) -> str:
    text = error.args[0] if error.args else "unknown error"
    reason = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return " ".join(reason.split())
