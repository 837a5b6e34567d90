"""Where the nodes of a YAML text stand in its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.sops.documents.yaml_nodes import Alias, Mapping, Scalar
from sopskit.text.splice import line_end, line_start

if TYPE_CHECKING:
    from sopskit.sops.documents.yaml_nodes import Node


class Text(NamedTuple):
    """A text that is edited, and its line ending."""

    text: str
    newline: str

    def column(self, position: int) -> int:
        """Columns before a position in its line; a byte order mark is none."""
        start = line_start(self.text, position)
        return position - start - self.text.startswith("\ufeff", start, position)


def block_end(text: str, node: Scalar) -> int:
    """Where a block scalar's last line ends, its line end left out.

    The blank lines behind it stay, unless they are part of the value.
    """
    raw = text[node.content : node.end]
    raw = raw[: raw.rfind("\n") + 1] if raw[-1:] != "\n" and not raw.rpartition("\n")[2].strip() else raw
    header = raw.partition("\n")[0]
    kept = "+" in header.partition("#")[0] or node.text.rstrip("\n")[-1:] in (" ", "\t")
    content = raw if kept else raw[: len(raw.rstrip())]
    content = max(content, header, key=len)
    return node.content + len(content.removesuffix("\n").removesuffix("\r"))


def end(text: str, node: Node) -> int:
    """Behind the last character of a node."""
    while not isinstance(node, Scalar | Alias) and not node.flow:
        children = [pair[1] for pair in node.pairs] if isinstance(node, Mapping) else node.items
        if not children:
            break
        node = children[-1]
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        return block_end(text, node)
    return node.end


def lines_end(text: str, node: Node) -> int:
    """Behind the last line of a node, its line end included."""
    return line_end(text, end(text, node))
