"""JSON documents: one object at the top, the metadata in its member `sops`.

Source: getsops/sops, stores/json/store.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import FailedError
from sopskit.sops.documents import (
    Branch,
    Comment,
    Items,
    Written,
    json_changes,
    json_reading,
    json_writing,
    metadata_text,
)
from sopskit.sops.formats import Format
from sopskit.sops.formats.tree import List, Map, stored
from sopskit.sops.plain_values import from_plain
from sopskit.text import splice
from sopskit.text.splice import Span, Splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sopskit.sops.documents import Document, Leaf, Node
    from sopskit.sops.formats import tree
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value

_DROPPED = "what stood behind the end of the JSON was dropped, as sops does"


class JsonDocument(NamedTuple):
    """A JSON text; see `sopskit.sops.documents.Document`."""

    text: str
    root: Map
    leaves: list[Leaf]
    spans: list[tuple[int, int]]

    @property
    def encrypted(self) -> bool:
        """Whether the object has a key `sops`."""
        return "sops" in self.root.names

    def line_of(self, number: int) -> int | None:
        """The line of a leaf."""
        return splice.line_of(self.text, self.spans[number][0])

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The object; comments of a YAML list that were encrypted are not in it, as in sops."""
        numbers = {start: number for number, (start, _) in enumerate(self.spans)}

        def grown(node: tree.Node) -> Node:  # JSON is read to a bounded depth
            if isinstance(node, Map):
                return Branch(tuple((entry.name, grown(entry.value)) for entry in node.entries))
            if isinstance(node, List):
                return Items(tuple(map(grown, node.items)))
            number = numbers.get(node.start)
            if number is None:
                return None
            value = (values or {}).get(number, self.leaves[number].value)
            return Comment(str(value)) if self.leaves[number].is_comment else value

        items = [(entry.name, grown(entry.value)) for entry in self.root.entries if entry.name != "sops"]
        return (Branch(tuple(items)),)

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The text with other values."""
        splices = [
            Splice(*self.spans[number], json_writing.scalar(value))
            for number, value in values.items()
            if not self.leaves[number].is_comment or metadata is not None
        ]
        behind = self.text[self.root.end :]
        notes = (_DROPPED,) if behind.strip(" \t\r\n") else ()
        if notes:
            splices.append(Splice(self.root.end, len(self.text), "\n"))
        if metadata is None:
            return Written(_encode(splice.apply(self.text, [*splices, *self._removed()])), notes)
        if not self.encrypted:
            splices.append(self._added(metadata, previous))
        data = _encode(splice.apply(self.text, splices))
        if self.encrypted or previous is not None:
            data = metadata_text.edited(data, Format.JSON, metadata)
        return Written(data, notes)

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """The text with another value at a path."""
        return _encode(splice.apply(self.text, [json_changes.set_value(self.text, self.root, path, value)]))

    def unset(self, path: Sequence[str | int]) -> bytes:
        """The text without a member or an item."""
        return _encode(splice.apply(self.text, json_changes.unset_value(self.root, path)))

    def _removed(self) -> Iterator[Splice]:
        """The metadata, and comments that stood in lists of YAML: JSON has none."""
        if self.root.names == ["sops"]:
            yield Splice(*self._only_metadata(), "")
        else:
            gone = {index for index, entry in enumerate(self.root.entries) if entry.name == "sops"}
            yield from json_writing.without(self.root, gone)
        comments = {self.spans[number][0] for number, leaf in enumerate(self.leaves) if leaf.is_comment}
        if comments:
            for items in _lists(self.root):
                found = {index for index, item in enumerate(items.items) if item.start in comments}
                yield from json_writing.without(items, found)

    def _added(self, metadata: Metadata, previous: Document | None) -> Splice:
        """The member `sops`: that of the previous document, or a new one as sops lays it out."""
        if isinstance(previous, JsonDocument) and previous.encrypted:
            return self._carried_over(previous)
        layout = json_writing.layout_of(self.text, self.root)
        layout = layout._replace(newline=layout.newline or "\n", unit=layout.unit or "\t", colon=": ")
        body = '"sops": ' + json_writing.rendered(
            from_plain(stored(metadata)), layout._replace(go_escapes=True), 1
        )
        if not self.root.entries:
            return Splice(self.root.end - 1, self.root.end - 1, layout.lead(1) + body)
        end = self.root.entries[-1].value.end
        return Splice(end, end, "," + layout.lead(1) + body)

    def _only_metadata(self) -> Span:
        """What goes with the metadata of an object that has nothing else; see `_added`."""
        member, end = self.root.entries[0], self.root.end - 1
        by_us = member.value.end == end  # what sops writes has the brace on a line of its own
        return Span(self.text.rfind("\n", 0, member.key.start) if by_us else self.root.start + 1, end)

    def _carried_over(self, previous: JsonDocument) -> Splice:
        """The inverse of what `_removed` did to the previous document."""
        text, entries = previous.text, previous.root.entries
        index = previous.root.names.index("sops")
        member = text[entries[index].key.start : entries[index].value.end]
        if index + 1 < len(entries):
            follower = self.root.entry(entries[index + 1].name)
            if follower is not None:
                between = text[entries[index].value.end : entries[index + 1].key.start]
                return Splice(follower.key.start, follower.key.start, member + between)
        if not self.root.entries and len(entries) == 1:
            start, end = previous._only_metadata()
            return Splice(self.root.end - 1, self.root.end - 1, text[start:end])
        before = entries[index - 1].value.end if index else previous.root.start
        lead = text[before + 1 : entries[index].key.start].rpartition(",")[2]
        if not self.root.entries:
            return Splice(self.root.end - 1, self.root.end - 1, lead + member)
        end = self.root.entries[-1].value.end
        return Splice(end, end, f",{lead}{member}")


def read(data: bytes) -> JsonDocument:
    """Read a JSON text; see `sopskit.sops.documents.read`."""
    text = data.decode("utf-8", "surrogateescape")
    return JsonDocument(text, *json_reading.read(text))


def emit(branches: Sequence[Branch], indent: int | None) -> bytes:
    """A new JSON text; see `sopskit.sops.documents.emit`.

    Args:
        branches: the one object.
        indent: spaces a level; None for a tab.
    """
    if len(branches) != 1:
        raise FailedError("a JSON file holds one document", hint="split the others off, or keep it YAML")
    unit = "\t" if indent is None else " " * indent
    layout = json_writing.Layout("\n", unit, go_escapes=True)
    return (json_writing.rendered(branches[0], layout, 0) + "\n").encode("utf-8")


def _lists(node: tree.Node) -> Iterator[List]:
    """All lists in a tree."""
    if isinstance(node, List):
        yield node
    children = (
        (entry.value for entry in node.entries) if isinstance(node, Map) else getattr(node, "items", ())
    )
    for child in children:
        yield from _lists(child)


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
