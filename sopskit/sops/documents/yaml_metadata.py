"""The block `sops` of a YAML document: laid out anew, carried over and edited, or taken out again.

Source: getsops/sops, stores/yaml/store.go: the same metadata stands at the end of each document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.errors import BrokenFileError
from sopskit.sops.documents import Branch, Items, metadata_text, yaml_emit
from sopskit.sops.documents.yaml_lines import lines_end
from sopskit.sops.documents.yaml_nodes import Mapping, Scalar
from sopskit.sops.formats import Format, tree, yaml_layout
from sopskit.sops.metadata import metadata_from
from sopskit.text import splice
from sopskit.text.splice import Splice, line_start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops import documents
    from sopskit.sops.documents.yaml_lines import Text
    from sopskit.sops.documents.yaml_nodes import Node, Root
    from sopskit.sops.metadata import Metadata


class OtherLayoutError(Exception):
    """A document in which no block can be put, or from which it cannot be taken, in place."""


def node(metadata: Metadata) -> Branch:
    """The metadata as the value of the key `sops`."""
    value = _node(tree.stored(metadata))
    return value if isinstance(value, Branch) else Branch(())


def _node(value: Any) -> documents.Node:
    if isinstance(value, dict):
        return Branch(tuple((key, _node(item)) for key, item in value.items()))
    if isinstance(value, list):
        return Items(tuple(map(_node, value)))
    return value  # type: ignore[no-any-return]


def new_block(metadata: Metadata, newline: str) -> str:
    """The lines of the block as sops 3.13 lays them out."""
    lines = yaml_emit.Layout(newline=newline).mapping(Branch((("sops", node(metadata)),)), 0)
    return "".join(line + newline for line in lines)


def edited(block: str, metadata: Metadata, newline: str) -> str:
    """The lines of an earlier block with other metadata; laid out anew where they cannot be edited."""
    try:
        edits = _few_edits(block, metadata)
        if edits is not None:
            return splice.apply(block, edits)
        return metadata_text.edited(block.encode(), Format.YAML, metadata).decode()
    except BrokenFileError:
        return new_block(metadata, newline)


def _few_edits(block: str, metadata: Metadata) -> list[Splice] | None:
    """The splices that lead from a block in the layout of sops to other metadata, if few do; else None."""
    layout = yaml_layout.read(block, 0, len(block))
    return None if layout is None else layout.edits(metadata_from(layout.mapping), metadata)


def block_span(text: str, root: Root, key: Node, value: Node) -> tuple[int, int]:
    """Where the lines of a document's key `sops` are.

    Raises:
        OtherLayoutError: it is not in lines of its own.
    """
    if not isinstance(root.node, Mapping) or root.node.flow:
        raise OtherLayoutError
    start = line_start(text, key.start)
    if text[start : key.start].strip("\ufeff"):
        raise OtherLayoutError
    return start + text.startswith("\ufeff", start), lines_end(text, value)


def inserted(at: Text, root: Root, block: str, *, first: bool) -> Splice:
    """The block put at the end of a document, or before its first key.

    Raises:
        OtherLayoutError: the document is in braces, or indented.
    """
    held = root.node
    if isinstance(held, Mapping):
        if held.flow or at.column(held.content) or held.start != held.content:
            raise OtherLayoutError
        if first:
            return Splice(held.content, held.content, block)
    elif not isinstance(held, Scalar) or held.text or held.start != held.end or held.tag or held.anchor:
        raise OtherLayoutError
    return at_end(at, root, block)


def at_end(at: Text, root: Root, lines: str) -> Splice:
    """Lines put at the end of a document; what ends without a line end does so afterwards too."""
    text = at.text
    place = len(text) if root.end >= len(text) else line_start(text, root.end)
    if place and text[place - 1] != "\n" and text[place - 1 : place] != "\ufeff":
        return Splice(place, place, at.newline + lines.removesuffix(at.newline))
    return Splice(place, place, lines)


def removed(text: str, root: Root, pairs: Sequence[tuple[Node, Node]]) -> list[Splice]:
    """The splices that take the block out again.

    Raises:
        OtherLayoutError: it is not in lines of its own.
    """
    splices = []
    for key, value in pairs:
        start, end = block_span(text, root, key, value)
        if end == len(text) and not text.endswith("\n") and start:
            start -= 2 if text[start - 2 : start] == "\r\n" else 1
        splices.append(Splice(start, end, ""))
    return splices
