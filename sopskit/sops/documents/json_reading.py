"""JSON text as a tree that knows where each part stands, read as Go's decoder does.

One loop with a stack of its own, so that deep nesting costs no recursion. Source: Go's `encoding/json`
(scanner.go, decode.go) and getsops/sops, stores/json/store.go.
"""

from __future__ import annotations

import re
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in typeshed
from typing import TYPE_CHECKING, NamedTuple, cast

from sopskit.errors import BrokenFileError
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import Leaf
from sopskit.sops.formats import sniffing
from sopskit.sops.formats.tree import Entry, List, Map, Node, Scalar
from sopskit.text import splice

if TYPE_CHECKING:
    from sopskit.sops.values import Value

#: Objects and lists within each other; sops stops at 10,000, and no file of people comes near.
MAX_DEPTH = 200
# Every leaf has the path to it, so that many leaves below many keys would cost their product.
_MAX_KEYS = 20_000_000

# Each takes the white space behind it along.
_SPACE = re.compile(r"[ \t\n\r]*+")
_INNER = r'(?:[^"\\\x00-\x1f]++|\\.)*+'
_KEY = re.compile(rf'"({_INNER})"[ \t\n\r]*+:[ \t\n\r]*+', re.DOTALL)
_SCALAR = re.compile(
    rf'(?:"({_INNER})"|(true|false|null|-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?))[ \t\n\r]*+',
    re.DOTALL,
)
_COMMA = re.compile(r",[ \t\n\r]*+")
_UNCLOSED = re.compile(rf'"{_INNER}\\?\Z', re.DOTALL)
_INTEGER = re.compile(r"-?[0-9]{1,19}")
# Bytes that are no UTF-8, and halves of surrogate pairs: Go reads U+FFFD for each.
_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}

# What may stand next in an object or a list: its first member or its end; a member; a comma or its end.
_FIRST, _MEMBER, _BEHIND = range(3)


class Read(NamedTuple):
    """What is in a text.

    Attributes:
        root: the top-level object.
        leaves: its values, less nulls and what is under the top-level key `sops`.
        spans: where each of them starts and ends.
    """

    root: Map
    leaves: list[Leaf]
    spans: list[tuple[int, int]]


def read(text: str) -> Read:
    """Read the object that a text starts with; what follows it is not looked at, as in sops.

    Args:
        text: decoded with surrogate escapes.

    Raises:
        BrokenFileError: it is no JSON, no object, cut off, nested too deeply, or has a number that no
            float holds.
    """
    start = _skip(text, 0)
    if text[start : start + 1] != "{":
        raise _no_object(text, start)
    return _Reader(text).read(start)


class _Open:
    """An object or a list that is not closed yet."""

    __slots__ = ("children", "closing", "key", "path", "start")

    def __init__(self, start: int, closing: str, path: tuple[str, ...]) -> None:
        self.start = start
        self.closing = closing
        self.path = path
        self.key: Scalar | None = None
        self.children: list[Entry | Node] = []

    def add(self, node: Node) -> None:
        """Add a member to an object, or an item to a list."""
        self.children.append(node if self.key is None else Entry(self.key, node))

    def closed(self, end: int) -> Node:
        """The node that ends there."""
        kind = Map if self.closing == "}" else List
        return kind(tuple(self.children), self.start, end)  # type: ignore[arg-type]  # as `add` made them


class _Reader:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._odd = _NO_CHARACTER.search(text) is not None
        self._leaves: list[Leaf] = []
        self._spans: list[tuple[int, int]] = []
        self._keys = 0

    def read(self, start: int) -> Read:
        """The object whose brace stands there."""
        text, stack = self._text, [_Open(start, "}", ())]
        position, expected = _skip(text, start + 1), _FIRST
        while True:
            opened = stack[-1]
            if expected != _MEMBER and text.startswith(opened.closing, position):
                node = stack.pop().closed(position + 1)
                if not stack:
                    return Read(cast("Map", node), self._leaves, self._spans)
                stack[-1].add(node)
                position, expected = _skip(text, position + 1), _BEHIND
            elif expected == _BEHIND:
                comma = _COMMA.match(text, position)
                if comma is None:
                    raise _broken(text, position)
                position, expected = comma.end(), _MEMBER
            else:
                if opened.closing == "}":
                    position = self._key(opened, position)
                path = self._path(opened)
                if text.startswith(("{", "["), position):
                    stack.append(self._opened(position, path, len(stack)))
                    position, expected = _skip(text, position + 1), _FIRST
                else:
                    position, expected = self._scalar(opened, position, path), _BEHIND

    def _opened(self, start: int, path: tuple[str, ...], depth: int) -> _Open:
        if depth >= MAX_DEPTH:
            raise BrokenFileError(
                f"the JSON is nested more than {MAX_DEPTH} levels deep",
                line=splice.line_of(self._text, start),
            )
        return _Open(start, "}" if self._text[start] == "{" else "]", path)

    def _key(self, opened: _Open, start: int) -> int:
        """Read the name of a member; returns where the value starts."""
        match = _KEY.match(self._text, start)
        if match is None:
            quoted = _SCALAR.match(self._text, start)
            raise _broken(self._text, quoted.end() if quoted and quoted[1] is not None else start)
        opened.key = Scalar(self._unquoted(match[1], start), start, match.end(1) + 1, '"')
        return match.end()

    def _path(self, opened: _Open) -> tuple[str, ...]:
        if opened.key is None:
            return opened.path
        self._keys += len(opened.path)
        if self._keys > _MAX_KEYS:
            raise BrokenFileError("the JSON is nested too deeply for the number of its keys")
        return (*opened.path, opened.key.text or "")

    def _scalar(self, opened: _Open, start: int, path: tuple[str, ...]) -> int:
        """Read a single value; returns where what is behind it starts."""
        match = _SCALAR.match(self._text, start)
        if match is None:
            raise _broken(self._text, start)
        inner, word = match.groups()
        value: Value
        if word is None:
            value, end = self._unquoted(inner, start), match.end(1) + 1
            opened.add(Scalar(value, start, end, '"'))
        else:
            value, end = self._word(word, start), match.end(2)
            opened.add(Scalar(None if value is None else word, start, end))
        if value is not None and not (path and path[0] == "sops"):
            self._leaves.append(Leaf(path, value, is_comment=_is_comment(value)))
            self._spans.append((start, end))
        return match.end()

    def _unquoted(self, inner: str, start: int) -> str:
        """The text that a string stands for."""
        if "\\" in inner:
            try:
                inner = scanstring(self._text, start + 1, True)[0]
            except JSONDecodeError as error:
                raise _broken(self._text, error.pos) from None
        elif not self._odd:
            return inner
        return _NO_CHARACTER.sub("\ufffd", inner)

    def _word(self, word: str, start: int) -> Value:
        """The value of a number or a word (store.go, `normalizeJSONNumber`)."""
        if word in _WORDS:
            return _WORDS[word]
        if _INTEGER.fullmatch(word) and -(1 << 63) <= int(word) < 1 << 63:
            return int(word)
        number = float(word)
        if number in (float("inf"), float("-inf")):
            raise BrokenFileError(
                "a number is larger than sops can hold",
                hint="quote it",
                line=splice.line_of(self._text, start),
            )
        return number


def _is_comment(value: Value) -> bool:
    """Whether it is an encrypted comment: one of a YAML list that was converted (sops.go, `Decrypt`)."""
    return isinstance(value, str) and value.endswith(",type:comment]") and is_encrypted(value)


def _skip(text: str, position: int) -> int:
    """The position behind white space."""
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _no_object(text: str, start: int) -> BrokenFileError:
    if text.startswith("\ufeff"):
        return BrokenFileError(
            "the JSON starts with a byte order mark", hint="remove it: sops reads no such file", line=1
        )
    if start == len(text):
        return BrokenFileError("the file is empty, which is no JSON", hint="sops wants an object: {}")
    if text[start] in '["-0123456789tfn':
        return BrokenFileError(
            "the JSON is no object", hint='sops wants one at the top: {"data": ...}', line=1
        )
    return _broken(text, start)


def _broken(text: str, position: int) -> BrokenFileError:
    sniffing.refuse_conflict(text)
    line = splice.line_of(text, position)
    cut = position >= len(text) or _UNCLOSED.match(text, position) is not None
    hint = "restore the file" if cut else "sops reads strict JSON: no comments, no comma behind the last"
    return BrokenFileError("the JSON is cut off" if cut else "this is no valid JSON", hint=hint, line=line)
