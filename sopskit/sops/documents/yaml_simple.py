"""The values of a YAML text in its simplest layout, read line by line; nearly every encrypted file has it.

One document without comments: mappings and lists in block style, values of one line or in literal blocks,
and the metadata as sops lays it out. One regular expression for each line reads it several times as fast as
libyaml's events and a tree of nodes do. Whatever is not plainly of that layout (an anchor, a tag, an escape,
another script) is not understood here, and left to `yaml_parsing` and `yaml_leaves`; what is understood
gives exactly the leaves that these would.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.documents import Leaf
from sopskit.sops.documents.yaml_resolve import HINTS, plain
from sopskit.sops.formats import yaml_layout
from sopskit.text.splice import Span

if TYPE_CHECKING:
    from sopskit.sops.values import Value

# Matched where a line must start, and never searched for: time stays linear in the text. libyaml allows a key
# of 1,024 characters.
_KEY = r"[A-Za-z_][A-Za-z0-9_./-]{0,127}"
_VALUE = r"""-?[A-Za-z0-9_/.^($+~][^ \n]*(?: +[^ \n]+)*|"[^"\\\n]*"|'[^'\n]*'|\[\]|\{\}"""
_LITERAL = r"\|(-?)\n( +)(?! )([^\n]+\n(?:\n*\5[^\n]+\n)*)"
_LINE = re.compile(rf"\n*( *)(?:(- )?({_KEY}):(?:(?=\n)| +(?=[^ \n]))|- (?!\n))(?:{_LITERAL}|([^\n]*)\n)")
_METADATA = re.compile(r"sops:\n(?: [^\n]*\n|\n+(?= ))+")
_ONE_LINE = re.compile(_VALUE)
_EMPTY = frozenset({"[]", "{}"})
_MARK = "---\n"
_MAX_DEPTH = 100
_SOPS = ("sops",)


class Simple(NamedTuple):
    """What a text holds.

    Attributes:
        leaves: its values.
        spans: where they stand, quotes included; a literal block begins with its sign.
        metadata: the lines of the key `sops`, where there is one.
        keys: how many keys there are at the top.
    """

    leaves: list[Leaf]
    spans: list[Span]
    metadata: Span | None
    keys: int


class OtherLayoutError(Exception):
    """Something that is left to the general way."""


def read(text: str) -> Simple | None:
    """Read a text; None where its layout is another."""
    if not text.endswith("\n") or not _is_simple(text.replace("\n", " ")):
        return None
    try:
        return _Reader(text).read(len(_MARK) * text.startswith(_MARK))
    except OtherLayoutError:
        return None


def value_of(text: str) -> Value:
    """The value of a text of one line, wherever one may stand in the simple layout.

    Raises:
        OtherLayoutError: it is none of that layout.
    """
    if not _is_simple(text):
        raise OtherLayoutError
    return _read(text)


def is_block(lines: str) -> bool:
    """Whether lines are those of the key `sops`, as it may stand at the top of a text."""
    return yaml_layout.read(lines, 0, len(lines)) is not None


def _is_simple(text: str) -> bool:
    """Whether its characters mean nothing apart from the layout; comments that are encrypted are some too."""
    return text.isascii() and text.isprintable() and "#" not in text and ",type:comment]" not in text


def _read(text: str) -> Value:
    """The value of what stands on one line."""
    if text.startswith("ENC[") and text.endswith("]") and " " not in text:
        return text
    if not _ONE_LINE.fullmatch(text):
        raise OtherLayoutError
    first = text[0]
    if first in "\"'":
        return text[1:-1]
    if ": " in text or text[-1] == ":" or text in _EMPTY:
        raise OtherLayoutError
    return text if first not in HINTS else _resolved(text)


def _resolved(text: str) -> Value:
    value = plain(text)
    if type(value) is int and value >= 1 << 63:
        raise OtherLayoutError
    return value


class _Level(NamedTuple):
    """A mapping or a list that is being read.

    Attributes:
        column: of its keys or dashes.
        path: the keys that lead to it.
        names: its keys so far; None for a list.
    """

    column: int
    path: tuple[str, ...]
    names: set[str] | None


class _Reader:
    """Takes the lines one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._leaves: list[Leaf] = []
        self._spans: list[Span] = []
        self._metadata: Span | None = None
        self._levels = [_Level(0, (), set())]
        self._waiting: tuple[str, ...] | None = None  # the path of a key whose value may be in lines below

    def read(self, position: int) -> Simple:
        """Read all lines from there on."""
        text, match, end = self._text, _LINE.match, len(self._text.rstrip("\n"))
        level = self._levels[0]
        while position < end:
            line = match(text, position)
            if line is None:
                raise OtherLayoutError
            position = line.end()
            indent, dash, name, _, margin, _, value = line.groups()
            column, mapping = len(indent), dash is None and name is not None
            if level.column != column or mapping is not (level.names is not None) or self._waiting:
                level = self._level(column, mapping=mapping)
            if dash is not None:
                column += 2
                level = self._open(_Level(column, level.path, set()))
            path = level.path if name is None else self._path(level, name)
            if path == _SOPS:
                position = self._skip_metadata(line.end(1))
            elif value:
                self._add(path, value, position - 1)
            elif margin is None:
                self._waiting = path
            elif len(margin) > column:
                self._add_literal(path, line)
            else:
                raise OtherLayoutError
        names = self._levels[0].names
        if not names:
            raise OtherLayoutError
        return Simple(self._leaves, self._spans, self._metadata, len(names))

    def _level(self, column: int, *, mapping: bool) -> _Level:
        """What a line belongs to: a collection that starts with it, or one that is open."""
        waiting, self._waiting = self._waiting, None
        levels = self._levels
        top = levels[-1]
        if waiting is not None and (column > top.column or (column == top.column and not mapping)):
            return self._open(_Level(column, waiting, set() if mapping else None))
        while top.column > column or (top.column == column and (top.names is None) is mapping):
            if len(levels) == 1:
                raise OtherLayoutError
            levels.pop()
            top = levels[-1]
        if top.column != column:
            raise OtherLayoutError
        return top

    def _open(self, level: _Level) -> _Level:
        if len(self._levels) >= _MAX_DEPTH:
            raise OtherLayoutError
        self._levels.append(level)
        return level

    def _path(self, level: _Level, name: str) -> tuple[str, ...]:
        """The path of a key, which must be new, and a string."""
        names = level.names
        if names is None or name in names or (name[0] in HINTS and not isinstance(plain(name), str)):
            raise OtherLayoutError
        names.add(name)
        return (*level.path, name)

    def _add(self, path: tuple[str, ...], text: str, end: int) -> None:
        """Add a leaf, if the text is one; nulls and empty collections are none."""
        if text in _EMPTY:
            return
        value = _read(text)
        if value is not None:
            self._leaves.append(Leaf(path, value))
            self._spans.append(Span(end - len(text), end))

    def _add_literal(self, path: tuple[str, ...], line: re.Match[str]) -> None:
        chomping, margin, body = line.group(4, 5, 6)
        if " \n" in body:
            raise OtherLayoutError
        value = body.replace("\n" + margin, "\n")
        self._leaves.append(Leaf(path, value.removesuffix("\n") if chomping else value))
        self._spans.append(Span(line.start(4) - 1, line.end()))

    def _skip_metadata(self, start: int) -> int:
        """Go behind the block of the key `sops` that starts there."""
        lines = _METADATA.match(self._text, start)
        if lines is None or yaml_layout.read(self._text, start, lines.end()) is None:
            raise OtherLayoutError
        self._metadata = Span(start, lines.end())
        return lines.end()
