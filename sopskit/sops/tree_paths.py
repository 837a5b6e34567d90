"""Places in a tree, as sops writes them: `["key"][0]`.

Source: getsops/sops, cmd/sops/main.go (`parseTreePath`) and sops.go (`Truncate`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError, UsageError
from sopskit.sops import documents
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.formats import Format
from sopskit.sops.plain_values import entries, pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.documents import Node
    from sopskit.sops.values import Value

TreePath = tuple[str | int, ...]

_QUOTES = ("'", '"')


class NoSuchPlaceError(FailedError):
    """A tree has nothing at a path."""


def parse(text: str) -> TreePath:
    """Read a path such as `["key"]['other'][0]`.

    Unlike sops, a key may hold brackets: it ends with its quote and a `]` that another part or nothing
    follows.

    Raises:
        UsageError: it is no such path. The message does not repeat it: a value may stand there by mistake.
    """
    parts: list[str | int] = []
    rest = text
    while rest:
        part, rest = _part(rest)
        parts.append(part)
    if not parts:
        raise _no_path()
    return tuple(parts)


def _part(text: str) -> tuple[str | int, str]:
    """The first part of a path, and what follows."""
    if text[:1] != "[":
        raise _no_path()
    if text[1:2] not in _QUOTES:
        number, bracket, rest = text[1:].partition("]")
        if not bracket or not number.isascii() or not number.isdecimal() or len(number) > 9:
            raise _no_path()
        return int(number), rest
    ending = text[1] + "]"
    end = text.find(ending, 2)
    while end >= 0 and text[end + 2 : end + 3] not in ("", "["):
        end = text.find(ending, end + 1)
    if end < 0:
        raise _no_path()
    return text[2:end], text[end + 2 :]


def _no_path() -> UsageError:
    return UsageError("this is no path into a file", hint="""a path looks like this: '["key"]["other"][0]'""")


def spelled(path: Sequence[str | int]) -> str:
    """A path as `parse` reads it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f'["{part}"]' for part in path)


def find(tree: Node, path: Sequence[str | int]) -> Node:
    """What stands at a path; comments are no items of a list.

    Raises:
        NoSuchPlaceError: nothing does.
    """
    node = tree
    for number, part in enumerate(path):
        try:
            node = _child(node, part)
        except LookupError:
            place = spelled(path[: number + 1])
            raise NoSuchPlaceError(f"has nothing at {place}") from None
    return node


def _child(node: Node, part: str | int) -> Node:
    if isinstance(node, Branch) and isinstance(part, str):
        return dict(reversed(pairs(node)))[part]  # of a key that stands twice, sops takes the first
    if isinstance(node, Items) and isinstance(part, int):
        return entries(node)[part]
    raise LookupError


def emit(node: Node, format: Format) -> bytes:  # noqa: A002 - the field's word
    """A part of a tree as a text of its own; a string is printed as it is.

    Raises:
        FailedError: the format has no text for it.
    """
    if isinstance(node, Branch):
        return documents.emit((node,), format)
    if isinstance(node, str):
        return node.encode("utf-8", "surrogateescape")
    if isinstance(node, bytes):
        return node
    if format is Format.YAML:
        return _below_key(documents.emit((Branch((("value", node),)),), format, 4), b"value:", b"    ")
    if format is Format.JSON:
        text = documents.emit((Branch((("value", node),)),), format)
        return _below_key(text.strip()[1:-1].strip(), b'"value":', b"\t").rstrip(b"\n")
    if isinstance(node, Items):
        raise FailedError(f"a list cannot be written as {format}", hint="--output-type yaml or json")
    return _text(node)


def _below_key(text: bytes, key: bytes, indent: bytes) -> bytes:
    """What a text holds behind its only key, moved to the left."""
    lines = text.removeprefix(key).lstrip(b" ").removeprefix(b"\n").split(b"\n")
    return b"\n".join(line.removeprefix(indent) for line in lines)


def _text(value: Value | Comment) -> bytes:
    from sopskit.sops import values

    if isinstance(value, bool):
        return b"true" if value else b"false"
    return b"" if isinstance(value, Comment) else values.to_bytes(value)
