"""Values between trees and Python's own: what JSON and the Python API speak."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.values import Time

if TYPE_CHECKING:
    from sopskit.sops.documents import Node

#: Plain values: str, int, float, bool, None, bytes (old files only), dict with str keys, list.
Plain = Any

# sops nests as deep as Go's stack goes; Python's functions do not, and nobody writes this by hand.
_DEEPEST = 200

_SURROGATES_ESCAPED = "surrogateescape"


def from_json(data: bytes) -> Node:
    """The value that a JSON text stands for.

    Unlike `sops set`, a number without fraction is an integer at the top too, and a list may stand there.

    Raises:
        FailedError: it is no JSON, or a value that sops does not hold. The message holds nothing of it.
    """
    try:
        text = data.decode()
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise FailedError(
            "the value is no JSON", hint='a text needs quotes there ("..."), or --string to be taken as it is'
        ) from None
    return _node(value, 0, "strict")


def _without_duplicates(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _no_constant(_name: str) -> Plain:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError


def from_plain(value: Plain) -> Node:
    """The tree of a Python value; bytes that are no UTF-8 stand in a text as `os.fsdecode` gives them.

    Raises:
        FailedError: it has a type or a number that sops does not hold, or nests too deep.
    """
    return _node(value, 0, _SURROGATES_ESCAPED)


def _node(value: Plain, depth: int, surrogates: str) -> Node:
    if depth > _DEEPEST:
        raise FailedError(f"the value is nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise FailedError("a key of the value is no text")
        items = [(_text(key, surrogates), _node(each, depth + 1, surrogates)) for key, each in value.items()]
        return Branch(tuple(items))
    if isinstance(value, list):
        return Items(tuple(_node(each, depth + 1, surrogates) for each in value))
    if isinstance(value, str):
        return _text(value, surrogates)
    if value is None or isinstance(value, bool | float | Time | bytes):
        return value
    if not isinstance(value, int):
        raise FailedError(f"a value of type {type(value).__name__} cannot be held", hint="make it a text")
    if not -(1 << 63) <= value < 1 << 63:
        raise FailedError("a number is too large: sops holds integers in 64 bits", hint="quote it")
    return value


def _text(text: str, surrogates: str) -> str:
    """A text that has bytes: half a surrogate pair, which JSON can spell, has none."""
    try:
        text.encode("utf-8", surrogates)
    except UnicodeEncodeError:
        raise FailedError("the value has half a surrogate pair, which is no character") from None
    return text


def to_plain(node: Node) -> Plain:
    """The Python value of a tree, without its comments; a time is its RFC 3339 text."""
    if isinstance(node, Branch):
        return {key: to_plain(value) for key, value in pairs(node)}
    if isinstance(node, Items):
        return [to_plain(item) for item in entries(node)]
    return node.text if isinstance(node, Time) else node


def pairs(branch: Branch) -> list[tuple[str, Node]]:
    """The keys of a mapping and what they hold, without comments."""
    return [item for item in branch.items if not isinstance(item, Comment)]


def entries(items: Items) -> list[Node]:
    """The items of a list, without comments."""
    return [item for item in items.items if not isinstance(item, Comment)]


def same(one: Node, other: Node) -> bool:
    """Whether two trees hold the same values, but for comments; 1, 1.0 and True differ."""
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        if isinstance(left, Branch) and isinstance(right, Branch):
            ours, theirs = pairs(left), pairs(right)
            if [key for key, _ in ours] != [key for key, _ in theirs]:
                return False
            pending += [(a, b) for (_, a), (_, b) in zip(ours, theirs, strict=True)]
        elif isinstance(left, Items) and isinstance(right, Items):
            if len(entries(left)) != len(entries(right)):
                return False
            pending += zip(entries(left), entries(right), strict=True)
        elif type(left) is not type(right) or left != right:
            return False
    return True
