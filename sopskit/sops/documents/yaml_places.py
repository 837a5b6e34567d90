"""Where in the lines of a YAML text an entry is replaced, added or taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.sops.documents import Branch, Comment, Items, yaml_emit, yaml_metadata, yaml_splices
from sopskit.sops.documents.yaml_leaves import Spot
from sopskit.sops.documents.yaml_lines import end, lines_end
from sopskit.sops.documents.yaml_nodes import Alias, Mapping, Scalar, Sequence
from sopskit.sops.values import same
from sopskit.text.splice import Splice, line_end, line_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.sops import documents
    from sopskit.sops.documents.yaml import YamlDocument
from sopskit.sops.documents.yaml_nodes import Node

_COMMENT = re.compile(r"( *)#[^\n]*(?:\n|\Z)")


class NoPlaceError(Exception):
    """A change that the lines cannot carry."""


def items(node: Sequence) -> list[Node]:
    """The items that are no comment; sops writes comments of a list as items."""
    return [item for item in node.items if not yaml_splices.is_remark(item)]


class Places:
    """The splices for one change of a document."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._at = document.at
        self._text = document.at.text
        self._layout = yaml_emit.Layout(self._indent(), document.at.newline)

    def _indent(self) -> int:
        """How far the file indents: the first mapping inside a mapping says so."""
        at = self._at
        for root in self._document.roots:
            pairs = root.node.pairs if isinstance(root.node, Mapping) and not root.node.flow else []
            for key, value in pairs:
                if isinstance(value, Mapping) and not value.flow and value.start > key.end:
                    return at.column(value.content) - at.column(key.start)
        return yaml_emit.DEFAULT_INDENT

    def replaced(self, holder: Node, node: Node, value: documents.Node) -> Iterator[Splice]:
        """A node with another value."""
        if not isinstance(holder, Mapping | Sequence):
            raise NoPlaceError
        if isinstance(value, Branch | Items) and value.items and not holder.flow:
            yield from self._lines_instead(holder, node, value)
        elif isinstance(value, Branch | Items) or not isinstance(node, Scalar):
            spelled = yaml_emit.flow(value)
            if holder.flow or not isinstance(node, Mapping | Sequence) or node.flow:
                yield Splice(node.start, node.end, spelled)
            else:
                yield from self._line_instead(node, value)
        elif not isinstance(value, Comment) and not same(value, node.value):
            bare = node.start == node.end and self._text[node.start - 1 : node.start] in (":", "-")
            for edit in yaml_splices.opened(self._at, Spot(node, holder), node, value):
                yield edit._replace(replacement=" " + edit.replacement) if bare else edit

    def _line_instead(self, node: Mapping | Sequence, value: documents.Node) -> Iterator[Splice]:
        """A value of one line in the place of a block collection."""
        start = line_start(self._text, node.start)
        if self._text[start : node.start].strip() or start == 0:  # behind a dash, or in the line of the key
            column = self._at.column(node.start)
            yield Splice(
                node.start, end(self._text, node), self._layout.scalar(value, column - 2, column + 2)
            )
            return
        head = self._text[:start].rstrip("\r\n")
        above = line_start(self._text, len(head) - 1)
        colon = head.rfind(":", above)
        if colon < 0 or "#" in head[above:]:
            yield Splice(node.start, end(self._text, node), yaml_emit.flow(value))
            return
        column = self._at.column(above) + len(head[above:]) - len(head[above:].lstrip())
        spelled = self._layout.scalar(value, column, self._layout.deeper(column))
        yield Splice(colon + 1, end(self._text, node), " " + spelled)

    def _lines_instead(
        self, holder: Mapping | Sequence, node: Node, value: Branch | Items
    ) -> Iterator[Splice]:
        """A block collection in the place of a node."""
        last = end(self._text, node)
        outer = self._at.column(holder.content)
        if isinstance(node, Sequence) and isinstance(value, Branch) and self._at.column(node.start) <= outer:
            lines = self._collection(value, self._layout.deeper(outer))  # a list may stand in that column
            yield Splice(line_start(self._text, node.start), last, self._at.newline.join(lines))
            return
        if isinstance(node, Mapping | Sequence) and not node.flow:
            lines = self._collection(value, self._at.column(node.content))
            indented = self._at.column(node.content)
            yield Splice(node.start, last, self._at.newline.join(lines)[indented:])
            return
        if isinstance(holder, Sequence):
            lines = self._collection(value, outer + 2)
            spelled = self._at.newline.join(lines)[outer + 2 :]
            bare = node.start == node.end and self._text[node.start - 1] == "-"
            yield Splice(node.start, last, " " * bare + spelled)
            return
        lines = self._collection(value, self._layout.deeper(outer))
        before = len(self._text[: node.start].rstrip(" "))
        yield Splice(before, last, "")
        behind = line_end(self._text, last)
        place = last + len(self._text[last:behind].rstrip())
        yield Splice(place, place, self._at.newline + self._at.newline.join(lines))

    def _collection(self, value: Branch | Items, column: int) -> list[str]:
        if isinstance(value, Branch):
            return self._layout.mapping(value, column)
        return self._layout.sequence(value, column)

    def key_added(self, node: Mapping, key: str, value: documents.Node) -> Iterator[Splice]:
        """A key behind the last one of a mapping."""
        if node.flow:
            spelled = yaml_emit.flow(Branch(((key, value),)))[1:-1]
            yield self._in_brackets(node, node.pairs[-1][1], spelled)
            return
        lines = self._layout.mapping(Branch(((key, value),)), self._at.column(node.content))
        yield self._behind(node, node.pairs[-1][1], lines)

    def item_added(self, node: Sequence, value: documents.Node) -> Iterator[Splice]:
        """An item behind the last one of a list."""
        if node.flow:
            yield self._in_brackets(node, node.items[-1], yaml_emit.flow(value))
            return
        lines = self._layout.sequence(Items((value,)), self._at.column(node.content))
        yield self._behind(node, node.items[-1], lines)

    def _in_brackets(self, node: Mapping | Sequence, last: Node, spelled: str) -> Splice:
        place = last.end
        comma = self._text.find(",", place, node.end - 1)
        if comma >= 0 and not self._text[place:comma].strip():
            return Splice(comma + 1, comma + 1, " " + spelled)
        return Splice(place, place, ", " + spelled)

    def _behind(self, node: Mapping | Sequence, last: Node, lines: list[str]) -> Splice:
        """Lines behind the last entry of a collection and the comments that stand in its columns."""
        place = lines_end(self._text, last)
        column = self._at.column(node.content)
        while (comment := _COMMENT.match(self._text, place)) and len(comment[1]) >= column:
            place = comment.end()
        added = "".join(line + self._at.newline for line in lines)
        if place and not self._text.endswith("\n", 0, place):
            return Splice(place, place, self._at.newline + added.removesuffix(self._at.newline))
        return Splice(place, place, added)

    def root_filled(self, value: documents.Node) -> Iterator[Splice]:
        """The first mapping of a document that is null or empty."""
        root = self._document.roots[0]
        if not isinstance(value, Branch) or isinstance(root.node, Alias):
            raise NoPlaceError
        lines = self._layout.mapping(value, 0)
        if root.node.start == root.node.end:
            yield yaml_metadata.at_end(self._at, root, "".join(line + self._at.newline for line in lines))
        else:
            yield Splice(root.node.start, root.node.end, self._at.newline.join(lines))

    def removed(self, holder: Mapping | Sequence, node: Node, outer: Node | None) -> Iterator[Splice]:
        """An entry taken out, with its lines; the last one leaves an empty collection."""
        whole = holder.pairs if isinstance(holder, Mapping) else holder.items
        entries = [(pair[0].start, pair[1]) for pair in holder.pairs] if isinstance(holder, Mapping) else [
            (item.start, item) for item in holder.items
        ]  # fmt: skip
        index = next(n for n, entry in enumerate(entries) if entry[1] is node)
        if len(whole) == 1:
            yield from self._emptied(holder, outer)
        elif holder.flow:
            yield self._out_of_brackets(entries, index)
        else:
            yield self._lines_out(holder, entries, index)

    def _emptied(self, holder: Mapping | Sequence, outer: Node | None) -> Iterator[Splice]:
        empty: Branch | Items = Branch(()) if isinstance(holder, Mapping) else Items(())
        comments = any(spot is not None and spot.parent is holder and not isinstance(spot.node, Scalar)
                       for spot in self._document.walked.spots)  # fmt: skip
        if holder.flow or outer is None or comments:
            yield Splice(holder.content, end(self._text, holder), yaml_emit.flow(empty))
        else:
            yield from self.replaced(outer, holder, empty)

    def _out_of_brackets(self, entries: list[tuple[int, Node]], index: int) -> Splice:
        if index + 1 < len(entries):
            return Splice(entries[index][0], entries[index + 1][0], "")
        return Splice(entries[index - 1][1].end, entries[index][1].end, "")

    def _lines_out(self, holder: Mapping | Sequence, entries: list[tuple[int, Node]], index: int) -> Splice:
        first, node = entries[index]
        if isinstance(holder, Sequence):
            first = self._dash(holder, entries, index)
        start, stop = line_start(self._text, first), lines_end(self._text, node)
        if self._text[start:first].strip("\ufeff \t"):  # behind a dash: the next entry comes up to it
            rest = self._text[stop:]
            return Splice(first, stop + len(rest) - len(rest.lstrip()), "")
        if stop == len(self._text) and not self._text.endswith("\n") and start:
            start -= len(self._at.newline)
        return Splice(start + self._text.startswith("\ufeff", start), stop, "")

    def _dash(self, holder: Sequence, entries: list[tuple[int, Node]], index: int) -> int:
        """Where the dash of an item stands: in the column of the list, behind the item before."""
        if index == 0:
            return holder.content
        column = self._at.column(holder.content)
        position = lines_end(self._text, entries[index - 1][1])
        while position < entries[index][0] or position == entries[index][0]:
            if self._text.startswith("-", position + column) and not (
                self._text[position : position + column].strip()
            ):
                return position + column
            following = line_end(self._text, position)
            if following == position:
                break
            position = following
        raise NoPlaceError
