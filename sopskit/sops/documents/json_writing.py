"""JSON text from values: single ones in place, and new members in the layout of what surrounds them.

In place a string has only the escapes that JSON needs, so that what had none gets none; a new text has
those of Go's `json.Marshal`, as sops writes it.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.go_numbers import json_float
from sopskit.sops.formats.tree import Map
from sopskit.sops.values import Time
from sopskit.text.splice import Splice

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from sopskit.sops.documents import Node
    from sopskit.sops.formats import tree
    from sopskit.sops.formats.tree import List
    from sopskit.sops.values import Value

_NO_CHARACTER = re.compile("[\ud800-\udfff]")
_GO_ESCAPES = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


class Layout(NamedTuple):
    """How members are laid out.

    Attributes:
        newline: a line break and the indentation of the top-level brace; empty where all is on one line.
        unit: one level of indentation.
        comma: behind a comma on one line.
        colon: between a name and its value.
        go_escapes: whether strings have all escapes of `json.Marshal`.
    """

    newline: str
    unit: str
    comma: str = ""
    colon: str = ": "
    go_escapes: bool = False

    def lead(self, depth: int) -> str:
        """What stands in front of a member or an item; those of the top-level object are at depth 1."""
        return self.newline + self.unit * depth if self.newline else ""


def layout_of(text: str, root: Map) -> Layout:
    """The layout of a document, read off its first members."""
    if not root.entries:
        return Layout("\n", "\t")
    first = root.entries[0]
    colon = text[first.key.end : first.value.start]
    inner, outer = text[root.start + 1 : first.key.start], text[root.entries[-1].value.end : root.end - 1]
    if "\n" in inner and "\n" in outer:
        newline = "\r\n" if inner.startswith("\r\n") else "\n"
        closing, lead = outer.rpartition("\n")[2], inner.rpartition("\n")[2]
        return Layout(newline + closing, lead.removeprefix(closing), "", colon)
    comma = " " if colon.endswith(" ") else ""
    if len(root.entries) > 1:
        comma = text[text.index(",", first.value.end) + 1 : root.entries[1].key.start]
    return Layout("", "", comma, colon)


def scalar(value: Value, *, go_escapes: bool = False) -> str:
    """A single value.

    Raises:
        FailedError: an infinity or NaN, for which JSON has no number.
    """
    if isinstance(value, float):
        return json_float(value)
    if isinstance(value, Time):
        value = value.text
    elif isinstance(value, bytes):
        value = base64.b64encode(value).decode()  # as Go does
    if isinstance(value, str):
        text = json.dumps(_NO_CHARACTER.sub("\ufffd", value), ensure_ascii=False)
        return text.translate(_GO_ESCAPES) if go_escapes else text
    return json.dumps(value)


def rendered(node: Node, layout: Layout, depth: int) -> str:
    """A value that stands in a member or an item at that depth; comments have no place in JSON.

    Raises:
        FailedError: JSON cannot hold it.
    """
    if isinstance(node, Branch):
        members = [
            scalar(item[0], go_escapes=layout.go_escapes)
            + layout.colon
            + rendered(item[1], layout, depth + 1)
            for item in node.items
            if not isinstance(item, Comment)
        ]
        return _bracketed("{}", members, layout, depth)
    if isinstance(node, Items):
        kept = [item for item in node.items if not isinstance(item, Comment)]
        return _bracketed("[]", [rendered(item, layout, depth + 1) for item in kept], layout, depth)
    if isinstance(node, Comment):
        raise FailedError("JSON has no comments")
    return scalar(node, go_escapes=layout.go_escapes)


def appended(text: str, node: Map | List, body: str, layout: Layout, depth: int) -> Splice:
    """A new last member or item of a container whose members are at that depth."""
    spans = _spans(node)
    if not spans:
        closing = "" if text[node.start + 1 : node.end - 1] else layout.lead(depth - 1)
        return Splice(node.start + 1, node.start + 1, layout.lead(depth) + body + closing)
    lead = text[node.start + 1 : spans[0][0]]
    if "\n" not in lead:
        one_line = " " if layout.newline else layout.comma
        lead = text[text.index(",", spans[0][1]) + 1 : spans[1][0]] if len(spans) > 1 else one_line
    return Splice(spans[-1][1], spans[-1][1], f",{lead}{body}")


def without(node: Map | List, gone: Container[int]) -> Iterator[Splice]:
    """A container without some of its members or items, by their position."""
    spans = _spans(node)
    kept = [index for index in range(len(spans)) if index not in gone]
    last = kept[-1] if kept else -1
    for index, (start, _) in enumerate(spans[: last + 1]):
        if index in gone:
            yield Splice(start, spans[index + 1][0], "")
    if last + 1 < len(spans):
        yield Splice(spans[last][1] if kept else node.start + 1, spans[-1][1], "")


def children(node: Map | List) -> Sequence[tree.Node]:
    """The values of an object, or the items of a list."""
    return [entry.value for entry in node.entries] if isinstance(node, Map) else node.items


def _spans(node: Map | List) -> list[tuple[int, int]]:
    if isinstance(node, Map):
        return [(entry.key.start, entry.value.end) for entry in node.entries]
    return [(item.start, item.end) for item in node.items]


def _bracketed(pair: str, members: list[str], layout: Layout, depth: int) -> str:
    if not members:
        return pair
    lead = layout.lead(depth + 1)
    body = f",{lead or layout.comma}".join(members)
    return pair[0] + lead + body + layout.lead(depth) + pair[1]
