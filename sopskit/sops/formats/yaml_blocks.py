"""The block `sops` of a YAML text, read by way of libyaml's events: nodes that know where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.errors import BrokenFileError
from sopskit.sops.formats.tree import MAX_DEPTH, Entry, List, Map, Node, Scalar
from sopskit.sops.formats.yaml_keys import block_end, document_numbers
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NULL = frozenset({"", "~", "null", "Null", "NULL"})


def blocks(text: str, keys: Sequence[int], *, encrypted: bool) -> tuple[Map, ...]:
    """The metadata of each document, or nothing where the keys `sops` are no metadata."""
    documents = document_numbers(text, keys)
    # sops drops a second key of a later document; in the first it is an error.
    keys = [key for index, key in enumerate(keys) if not index or documents[index] != documents[index - 1]]
    nodes = [_node_at(text, key, encrypted=encrypted) for key in keys]
    if not encrypted and not any(isinstance(node, Map) and node.entry("mac") for node in nodes):
        return ()
    if documents[0] != 0:
        raise BrokenFileError(
            "the first YAML document carries no SOPS metadata",
            hint="sops reads the metadata of the first document only",
            line=splice.line_of(text, keys[0]),
        )
    if documents.count(0) > 1:
        raise BrokenFileError(
            "a YAML document has two keys named sops",
            hint="a merge may have kept both sides: remove one",
            line=splice.line_of(text, keys[0]),
        )
    if not isinstance(nodes[0], Map):
        raise BrokenFileError(
            "the key sops is no mapping",
            hint="sops opens no such file; restore it from git history",
            line=splice.line_of(text, keys[0]),
        )
    return tuple(node for node in nodes if isinstance(node, Map))


def _node_at(text: str, start: int, *, encrypted: bool) -> Node | None:
    """The value of a key `sops`, with positions in the whole text; None where it is no such value."""
    try:
        node = _parse(text[start : block_end(text, start)], start)
    except BrokenFileError as error:
        if not encrypted:
            return None
        line = splice.line_of(text, start)
        error.line = line if error.line is None else line + error.line - 1
        raise
    return node.entries[0].value if isinstance(node, Map) and len(node.entries) == 1 else None


def _parse(block: str, offset: int) -> Node:
    """Parse the lines of one key; `offset` is where they stand in the whole text."""
    from yaml import events

    stack: list[tuple[Any, list[Node]]] = []
    for event in events_of(block):
        if isinstance(event, events.ScalarEvent):
            node: Node = _scalar(event, offset)
        elif isinstance(event, events.CollectionStartEvent):
            stack.append((event, []))
            if event.anchor or len(stack) > MAX_DEPTH:
                raise _unexpected(event)
            continue
        elif isinstance(event, events.CollectionEndEvent):
            start, children = stack.pop()
            node = _collection(start, event, children, offset)
        elif isinstance(event, events.AliasEvent):
            raise _unexpected(event)
        else:
            continue
        if not stack:
            return node
        stack[-1][1].append(node)
    raise BrokenFileError("the SOPS metadata is cut off", hint="restore the file from git history")


def _scalar(event: Any, offset: int) -> Scalar:
    if event.anchor:
        raise _unexpected(event)
    style = event.style or ""
    text = None if not style and event.value in _NULL else event.value
    return Scalar(text, offset + event.start_mark.index, offset + event.end_mark.index, style)


def _collection(start: Any, end: Any, children: list[Node], offset: int) -> Node:
    from yaml import events

    first, last = offset + start.start_mark.index, offset + end.end_mark.index
    flow = bool(start.flow_style)
    if isinstance(start, events.SequenceStartEvent):
        return List(tuple(children), first, last, flow)
    entries = []
    for key, value in zip(children[::2], children[1::2], strict=True):
        if not isinstance(key, Scalar) or key.text == "<<":
            raise _unexpected(start)
        entries.append(Entry(key, value))
    return Map(tuple(entries), first, last, flow)


def events_of(text: str) -> Iterator[Any]:
    """The events of libyaml, whose errors become ours: its texts may quote the file."""
    import yaml

    from sopskit.text import libyaml

    try:
        yield from libyaml.events(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise BrokenFileError(
            "this is no valid YAML",
            hint="restore the file from git history",
            line=mark.line + 1 if mark is not None else None,
        ) from None


def _unexpected(event: Any) -> BrokenFileError:
    return BrokenFileError(
        "the SOPS metadata has an anchor, alias, merge key or nesting that sops does not write",
        hint="restore the file from git history",
        line=event.start_mark.line + 1,
    )
