"""The values of `data` and `stringData` in manifests of `kind: Secret`, read as text: it may be a template.

JSON is read in one pass over the text. YAML is read by indentation, each manifest once.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_SECTIONS = (b"data", b"stringData")

#: Most bytes of a manifest in YAML, and columns that it may be indented.
_FAR = 1 << 18
_DEEPEST = 40
_NEAR = (1 << 12, 1 << 15, _FAR)

_TOKEN = re.compile(rb'"(?P<text>(?:[^"\\\n]|\\.)*)"|[{}\[\]:,]')
#: A section that may hold a value. What begins with an object is the schema of one: an OpenAPI document has
#: a `kind: Secret` and megabytes.
_SECTION = re.compile(
    rb'"(?:data|stringData)"[^{}\[\],:"]*:[^{}\[\],:"]*\{(?!\s*"(?:[^"\\\n]|\\.)*"\s*:\s*[{\[])'
)
_ENTRY = re.compile(
    rb"(?P<lead> *(?:- +)*)(?P<key>\"[^\"\n]{1,253}\"|'[^'\n]{1,253}'|[^\s:#\"'][^:#\n]{0,253}?)"
    rb" *:(?= |\r?$) *(?P<value>[^\n]*?)[ \t\r]*$"
)
#: Between documents of YAML, and around those within Markdown and shell scripts.
_BREAK = re.compile(rb"^[ \t]*(?:---(?=\s|$)|```|EOF[ \t\r]*$)", re.MULTILINE)


class Value(NamedTuple):
    """A value of a Secret.

    Attributes:
        section: `data` or `stringData`.
        key: its name there.
        span: where it is, in bytes, quotes aside.
    """

    section: bytes
    key: bytes
    span: tuple[int, int]


class _Object:
    """An object of JSON that is open, or the list of one."""

    __slots__ = ("is_secret", "key", "section", "values")

    def __init__(self, section: bytes = b"") -> None:
        self.section = section  # of the Secret around it
        self.key = b""  # the last one
        self.is_secret = False
        self.values: list[Value] = []  # of its sections


def in_json(content: bytes) -> Iterator[Value]:
    """The values of all Secrets of a text in JSON, in order of their ends."""
    if not _SECTION.search(content):
        return
    stack = [_Object()]
    text, is_value = b"", False
    for token in _TOKEN.finditer(content):
        sign, top = token[0], stack[-1]
        if sign in b"{[":
            stack.append(_Object(top.key if sign == b"{" and is_value and top.key in _SECTIONS else b""))
            is_value = False
        elif sign in b"}]":
            yield from _closed(stack)
            is_value = False
        elif sign == b":":
            top.key, is_value = text, True
        elif sign == b",":
            is_value = False
        else:
            text = token["text"]
            if is_value and top.section:
                top.values.append(Value(top.section, top.key, token.span("text")))
            elif is_value and top.key == b"kind":
                top.is_secret = text == b"Secret"


def _closed(stack: list[_Object]) -> Sequence[Value]:
    """Close the innermost object; its values, if it is a Secret."""
    if len(stack) == 1:  # the text begins within an object
        return ()
    closed = stack.pop()
    if closed.section:
        stack[-1].values += closed.values
        return ()
    return closed.values if closed.is_secret else ()


def in_yaml(content: bytes, kinds: Iterable[int]) -> Iterator[Value]:
    """The values of Secrets of a text in YAML.

    Args:
        content: the text.
        kinds: offsets of the key `kind` of each.
    """
    breaks = [found.start() for found in _BREAK.finditer(content)]
    seen: set[tuple[int, int]] = set()
    for kind in kinds:
        column = kind - (content.rfind(b"\n", 0, kind) + 1) - (content[kind - 1 : kind] in (b'"', b"'"))
        if column > _DEEPEST:
            continue
        low, high = _manifest(content, kind, column, breaks)
        if (high, column) in seen:
            continue
        seen.add((high, column))
        if _is_whole(content, low, high, column):
            yield from _values(content, low, high, column)


def _manifest(content: bytes, kind: int, column: int, breaks: Sequence[int]) -> tuple[int, int]:
    """Where the mapping that holds `kind` at a column begins and ends."""
    number = bisect_right(breaks, kind)
    low = content.find(b"\n", breaks[number - 1]) + 1 if number else 0
    high = breaks[number] if number < len(breaks) else len(content)
    if column == 0:
        return low, min(high, low + _FAR)
    less = re.compile(rb"^ {0,%d}(?:- |[^\s#-])" % (column - 1), re.MULTILINE)
    for far in _NEAR:
        starts = [found.start() for found in less.finditer(content, max(low, kind - far), kind)]
        if starts:
            break
    low = starts[-1] if starts else max(low, kind - _FAR)
    high = min(high, low + _FAR)
    line = content.find(b"\n", kind, high)
    end = less.search(content, line, high) if line >= 0 else None
    return low, end.start() if end else high


def _is_whole(content: bytes, low: int, high: int, column: int) -> bool:
    """Whether it is a manifest: what merely refers to a Secret has a kind, too."""
    keys = re.compile(rb"^[ -]{%d}[\"']?(?:metadata|apiVersion)[\"']? *:" % column, re.MULTILINE)
    return keys.search(content, low, high) is not None


def _values(content: bytes, low: int, high: int, column: int) -> Iterator[Value]:
    section, inner = b"", -1
    while low < high:
        end = content.find(b"\n", low, high)
        end = high if end < 0 else end
        entry = _ENTRY.match(content, low, end)
        if entry is not None:
            key, place = entry["key"].strip(b"\"'"), len(entry["lead"])
            if place <= column:
                section, inner = (key if place == column else b""), -1
            elif section in _SECTIONS and inner in (-1, place):
                inner = place
                yield Value(section, key, _value(content, entry.span("value"), place, end, high))
        low = end + 1


def _value(content: bytes, span: tuple[int, int], column: int, end: int, high: int) -> tuple[int, int]:
    """Where a value is, without quotes and comments; of a block scalar, where its lines are."""
    start, stop = span
    value = content[start:stop]
    if value[:1] in (b"|", b">"):
        return _block(content, column, end + 1, high)
    if value[:1] in (b'"', b"'"):
        close = content.find(value[:1], start + 1, stop)
        return start + 1, close if close >= 0 else stop
    comment = 0 if value[:1] == b"#" else value.find(b" #")
    return start, start + len((value if comment < 0 else value[:comment]).rstrip())


def _block(content: bytes, column: int, start: int, high: int) -> tuple[int, int]:
    end = offset = start
    while offset < high:
        stop = content.find(b"\n", offset, high)
        stop = high if stop < 0 else stop
        line = content[offset:stop]
        if line.strip() and len(line) - len(line.lstrip(b" ")) <= column:
            break
        end = offset + len(line.rstrip()) if line.strip() else end
        offset = stop + 1
    body = content[start:end]
    return start + len(body) - len(body.lstrip()), end
