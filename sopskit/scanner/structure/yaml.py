"""YAML: `key: value`, block scalars of one line, `- NAME=value` and `name: X` beside `value: y` of lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.scanner.structure import code, dotenv
from sopskit.scanner.structure.assignment import Assignment, Line, found, text

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAIR = re.compile(
    rb"(?P<lead>[ ]*(?:-[ ]+)*)(?P<name>\"[^\"\n]{1,120}\"|'[^'\n]{1,120}'|[\w./$-][^\n:#{}\[\]\"']{0,120}?)"
    rb"[ ]*:[ \t]+(?:![\w!]{0,40}[ ]+)?(?:\"(?P<double>(?:[^\"\\\n]|\\.)*)\"|'(?P<single>(?:[^'\n]|'')*)'"
    rb"|(?P<bare>[^\s\"'&*!|>%@`{}\[\],#][^\n]*?))[ \t]*(?:[ \t]#[^\n]*)?$"
)
_BLOCK = re.compile(rb"(?P<lead>[ ]*(?:-[ ]+)*)(?P<name>[\w./\"'-]{1,120})[ ]*:[ \t]+[|>][-+0-9]{0,2}[ \t]*$")
_ITEM = re.compile(rb"[ ]*-[ ]+[\"']?")
_KEY = re.compile(rb"(?P<lead>[ ]*(?:-[ ]+)*)(?P<name>[^\s#:][^\n:#]{0,120}?)[ ]*:(?:[ \t\r]|$)")
_SIBLING = re.compile(rb"[ ]*(?:-[ ]+)?(?:name|key)[ ]*:[ ]+[\"']?(?P<name>[\w.-]{1,120})[\"']?[ \t\r]*$")

#: Lines that are looked at for the keys above, and their bytes.
_LINES, _FAR = 200, 8192


def read(content: bytes, line: Line) -> Iterator[Assignment]:
    """See `sopskit.scanner.structure.assignments`."""
    pair = _PAIR.match(content, *line)
    if pair is not None:
        assignment = found(pair, lambda: _above(content, line.start, len(pair["lead"])))
        yield assignment._replace(name=_named(content, line, assignment.name))
        return
    item = _ITEM.match(content, *line)
    if item is not None:
        yield from dotenv.read(content, Line(item.end(), line.end))
        return
    yield from _of_block(content, line) or code.read(content, line)


def _named(content: bytes, line: Line, name: str) -> str:
    """The name of an item `name: DB_PASSWORD` and `value: x`, on the line before."""
    if name.lower() != "value" or line.start == 0:
        return name
    before = content.rfind(b"\n", max(0, line.start - 400), line.start - 1) + 1
    sibling = _SIBLING.match(content, before, line.start - 1)
    return text(sibling["name"]) if sibling else name


def _of_block(content: bytes, line: Line) -> list[Assignment]:
    """What is behind `password: |` on the line before, if this is its first line."""
    if line.start == 0:
        return []
    before = content.rfind(b"\n", max(0, line.start - 400), line.start - 1) + 1
    block = _BLOCK.match(content, before, line.start - 1)
    body = content[line.start : line.end]
    start = line.start + len(body) - len(body.lstrip(b" "))
    if block is None or start - line.start <= len(block["lead"]) or b" " in body.strip():
        return []
    return [Assignment(text(block["name"]), start, line.start + len(body.rstrip()), is_data=True)]


def _above(content: bytes, start: int, indent: int) -> tuple[str, ...]:
    """The keys that a line of an indentation stands under, the outermost first."""
    names: list[str] = []
    lines = content[max(0, start - _FAR) : start].split(b"\n")[:-1]
    for each in reversed(lines[-_LINES:]):
        if indent == 0:
            break
        key = _KEY.match(each)
        if key is not None and len(key["lead"]) < indent:
            indent = len(key["lead"])
            names.append(text(key["name"]))
    return tuple(reversed(names))
