r"""Values of an INI text: read as ini.v1 reads them, and written so that it reads them again.

Source: gopkg.in/ini.v1 (1.67.3), parser.go (`readValue`) and file.go (`writeKeyValue`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sopskit.errors import FailedError
from sopskit.text.splice import Span, line_end

#: What Go's `unicode.IsSpace` takes for white space; `str.strip` alone takes more.
SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
#: Lines that end in a backslash, which go on in the next one.
CONTINUED = "\\"

_SIGN = re.compile("[#;]")
_LONG = ('"""', "`")
_QUOTES = ("", '"', "'", *_LONG)


class Written(NamedTuple):
    """A value as it is written.

    Attributes:
        value: the text it stands for.
        quote: what it is written between, or nothing, or `CONTINUED`.
        span: where it is, with its quotes and what ini.v1 overlooks behind them.
        end: behind the last line.
        comment: where a comment is that follows it on the line.
        is_dropped: whether ini.v1 overlooks that comment.
    """

    value: str
    quote: str
    span: Span
    end: int
    comment: Span | None = None
    is_dropped: bool = False


def read(text: str, start: int) -> Written | None:
    """The value that starts behind a delimiter; None where its closing quote is missing."""
    end = line_end(text, start)
    line = text[start:end].lstrip(SPACE)
    if not line:
        place = start + len(text[start:end].rstrip("\r\n"))
        return Written("", "", Span(place, place), end)
    start = end - len(line)
    if line.startswith('"""') and len(line) > 3:
        return _quoted(text, start, end, '"""')
    if line[0] == "`":
        return _quoted(text, start, end, "`")
    line = line.rstrip(SPACE)
    if line.endswith(CONTINUED):
        return _continued(text, start, end)
    sign = _SIGN.search(line)
    value = line[: sign.start()].rstrip(SPACE) if sign else line
    span = Span(start, start + len(value))
    comment = Span(start + sign.start(), start + len(line)) if sign else None
    for quote in "'\"":
        if len(value) >= 2 and value[0] == value[-1] == quote and value.count(quote) == 2:
            return Written(value[1:-1], quote, span, end, comment)
    return Written(value, "", span, end, comment)


def spelt(value: str, quote: str, *, has_comment: bool = False) -> str:
    """A value between the same quotes if it can stand there, else as sops writes it, else as it can.

    Args:
        value: what is to be read.
        quote: that of the value it replaces, see `Written`.
        has_comment: whether a comment follows on the line, which ini.v1 is to see as before: it sees none
            behind a quote that was opened on the same line.

    Raises:
        FailedError: INI cannot hold it.
    """
    if "\n" in value or "`" in value:
        own = '"""'
    elif _SIGN.search(value):
        own = "`"
    else:
        own = '"' if value != value.strip(SPACE) else ""
    if has_comment and quote in _LONG and "\n" not in value:
        quote = ""
    for tried in (quote, own, *_QUOTES):
        if tried == CONTINUED:
            continue
        text = f"{tried}{value}{tried}"
        found = read(text + "\n", 0)
        if (
            found
            and (found.value, found.quote, found.end) == (value, tried, len(text) + 1)
            and not found.comment
        ):
            return text
    raise FailedError(
        "a value has line breaks and quotes that INI cannot hold together",
        hint="keep it in a yaml or json file",
    )


def _quoted(text: str, start: int, end: int, quote: str) -> Written | None:
    """A value in triple quotes or backquotes, which may go on for lines (parser.go, `readMultilines`)."""
    inner = start + len(quote)
    close = text.rfind(quote, inner, end)
    is_dropped = close >= 0
    while close < 0 or (not is_dropped and _goes_on(text[close + len(quote) : end])):
        if end >= len(text):
            return None
        begin, end = end, line_end(text, end)
        close = text.rfind(quote, begin, end)
    behind = close + len(quote)
    rest = text[behind:end]
    sign = _SIGN.search(rest)
    stop = sign.start() if sign else len(rest)
    span = Span(start, behind + len(rest[:stop].rstrip(SPACE)))
    comment = Span(behind + stop, behind + len(rest.rstrip(SPACE))) if sign else None
    return Written(text[inner:close], quote, span, end, comment, is_dropped)


def _goes_on(rest: str) -> bool:
    """Whether what is behind a closing quote makes ini.v1 look for another one."""
    return rest.rstrip("\r\n").strip(SPACE).endswith(CONTINUED)


def _continued(text: str, start: int, end: int) -> Written:
    """A value whose lines end in a backslash (parser.go, `readContinuationLines`)."""
    first, parts, stop = start, [], end
    line = text[start:end].rstrip(SPACE)
    while line.endswith(CONTINUED):
        parts.append(line[:-1])
        stop = start + len(line)
        begin, end = end, line_end(text, end)
        start = end - len(text[begin:end].lstrip(SPACE))
        line = text[start:end].rstrip(SPACE)
    parts.append(line)
    stop = start + len(line) if line else stop
    return Written("".join(parts), CONTINUED, Span(first, stop), end)
