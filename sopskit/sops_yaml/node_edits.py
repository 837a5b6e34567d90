"""Splices that put an element into a list or mapping, or take one out, in the layout that it has.

Every removal is the exact inverse of the insertion, so that adding and removing gives the same bytes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.errors import UnsupportedShapeError
from sopskit.sops_yaml.scalars import resolve_plain
from sopskit.text import splice
from sopskit.text.splice import Span, Splice
from sopskit.text.yaml_tree import Mapping, Node, Scalar, Sequence, children, walk

if TYPE_CHECKING:
    from sopskit.text.yaml_tree import Document

BOM = "\ufeff"


def refusal(document: Document, position: int, message: str, hint: str) -> UnsupportedShapeError:
    """The error for a shape that cannot be edited safely."""
    return UnsupportedShapeError(message, hint=hint, path=document.path, line=document.line(position))


def column(text: str, position: int) -> int:
    """Characters before a position on its line; a byte order mark counts for none."""
    start = splice.line_start(text, position)
    return position - start - text.startswith(BOM, start, position)


def insert_lines(text: str, position: int, lines: list[str]) -> Splice:
    """New lines below the one that holds `position`; a missing final line end stays missing."""
    end = splice.line_end(text, position)
    ending = re.search(r"\r?\n\Z", text[max(0, end - 2) : end])
    newline = ending.group() if ending else splice.newline_of(text)
    block = newline.join(lines)
    return Splice(end, end, block + newline if ending else newline + block)


def remove_lines(text: str, span: Span) -> Splice:
    """The whole lines that hold `span`, and the line end before them if they end the text without one."""
    start, end = splice.line_start(text, span.start), splice.line_end(text, span.end)
    if text.startswith(BOM, start):
        start += 1
    if end == len(text) and not text.endswith("\n") and start > 1:
        start -= 2 if text[start - 2 : start] == "\r\n" else 1
    return Splice(start, end, "")


def add_item(document: Document, sequence: Sequence, item: str, after: int = -1) -> list[Splice]:
    """Put `item` (YAML text of one line) behind the item number `after`, or at the end."""
    text = document.text
    if sequence.flow:
        return _add_flow(text, [node.span for node in sequence.items], sequence.content, item, after)
    dash, node = sequence.dashes[after], sequence.items[after]
    gap = text[dash + 1 : node.span.start]
    if gap.strip(" ") or not gap:
        gap = " "
    return [insert_lines(text, node.span.end, [f"{' ' * column(text, dash)}-{gap}{item}"])]


def add_pair(document: Document, mapping: Mapping, lines: list[str], after: int = -1) -> list[Splice]:
    """Put a field behind the pair number `after`.

    Args:
        document: the document that holds the mapping.
        mapping: where the field goes.
        lines: the field's lines, those after the first indented relative to it.
        after: an index of `mapping.pairs`.
    """
    text = document.text
    if mapping.flow:
        return _add_flow(text, [pair.span for pair in mapping.pairs], mapping.content, " ".join(lines), after)
    pair = mapping.pairs[after]
    indent = " " * column(text, pair.key.span.start)
    return [insert_lines(text, pair.span.end, [indent + line for line in lines])]


def _add_flow(text: str, spans: list[Span], outer: Span, item: str, after: int) -> list[Splice]:
    if not spans:
        return [Splice(outer.start + 1, outer.start + 1, item)]
    span = spans[after]
    if _alone_on_line(text, span):
        indent = text[splice.line_start(text, span.start) : span.start]
        comma = text[span.end : splice.line_end(text, span.end)].lstrip(" \t").startswith(",")
        line = insert_lines(text, span.end, [indent + item + ("," if comma else "")])
        return [line] if comma else [Splice(span.end, span.end, ","), line]
    separator = text[spans[-2].end : spans[-1].start] if len(spans) > 1 else ", "
    if not re.fullmatch(r"\s*,\s*", separator):
        separator = ", "
    return [Splice(span.end, span.end, separator + item)]


def _alone_on_line(text: str, span: Span) -> bool:
    """Whether a flow element has its line, or lines, to itself, but for a comma and a comment."""
    before = text[splice.line_start(text, span.start) : span.start]
    behind = text[span.end : splice.line_end(text, span.end)]
    return not before.strip() and re.fullmatch(r"[ \t]*,?[ \t]*(#.*)?\r?\n?", behind) is not None


def remove_node(document: Document, node: Node) -> list[Splice]:
    """Take an item or a field's value out, with its dash or key; what would be left empty goes with it.

    Raises:
        UnsupportedShapeError: nothing would be left, or comments stand where they would be lost.
    """
    root = document.roots[0]
    while True:
        parent = next((one for one in walk(root) if any(child is node for child in children(one))), None)
        if parent is None:
            raise refusal(document, node.span.start, "nothing would be left in the file", "delete the file")
        elements = _elements(parent)
        if len(elements) > 1:
            index = next(number for number, (owned, _) in enumerate(elements) if owned is node)
            return _remove(document, parent, [span for _, span in elements], index)
        node = parent


def _elements(parent: Node) -> list[tuple[Node, Span]]:
    """The values in a collection, each with the extent that goes with it."""
    if isinstance(parent, Mapping):
        return [(pair.value, pair.span) for pair in parent.pairs]
    if isinstance(parent, Sequence) and parent.flow:
        return [(item, item.span) for item in parent.items]
    if isinstance(parent, Sequence):
        pairs = zip(parent.dashes, parent.items, strict=True)
        return [(item, Span(dash, item.span.end)) for dash, item in pairs]
    return []


def _remove(document: Document, parent: Node, spans: list[Span], index: int) -> list[Splice]:
    text, span = document.text, spans[index]
    flow = isinstance(parent, Mapping | Sequence) and parent.flow
    if flow and _alone_on_line(text, span):
        line = remove_lines(text, span)
        behind = text[span.end : splice.line_end(text, span.end)].lstrip(" \t")
        if behind.startswith(",") or index == 0:
            return [line]
        comma = re.compile(r"[ \t]*,").match(text, spans[index - 1].end)
        if comma is not None:
            return [Splice(comma.start(), comma.end(), ""), line]
    elif flow and index > 0:
        return [_without_comment(document, Span(spans[index - 1].end, span.end), spans[index - 1].end)]
    elif not flow and not text[splice.line_start(text, span.start) : span.start].strip(" " + BOM):
        return [remove_lines(text, span)]
    if index == 0:
        # The next one moves up to the dash; a comment on the element's own line goes with it.
        own_line = span.start if flow else min(splice.line_end(text, span.end), spans[1].start)
        return [_without_comment(document, Span(span.start, spans[1].start), own_line)]
    raise refusal(document, span.start, "this line cannot be edited safely", "edit it by hand")


def _without_comment(document: Document, span: Span, first: int) -> Splice:
    """Cut `span`, unless a comment stands in it at `first` or behind."""
    if "#" in document.text[first : span.end]:
        raise refusal(
            document, span.start, "a comment here would be lost", "move the comment to its own line"
        )
    return Splice(span.start, span.end, "")


# What a plain scalar may not start with or hold (YAML 1.2, 7.3.3), with more left out than need be.
_NOT_PLAIN = re.compile(
    r"[-?:,\[\]{}#&*!|>'\"%@`\s]|.*(?::(?:\s|\Z)|\s#|\s\Z|[^\S ]|[\x00-\x1f\x7f-\x9f\ufeff])", re.DOTALL
)


def quote(value: str, *, style: str = "", flow: bool = False) -> str:
    """A string as YAML text of one line: in the given style, plain only where that reads back the same."""
    if style == '"':
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    plain = isinstance(resolve_plain(value), str) and not _NOT_PLAIN.match(value)
    if style == "" and plain and not (flow and re.search(r"[,\[\]{}:]", value)):
        return value
    return "'" + value.replace("'", "''") + "'"


def is_null(node: Node) -> bool:
    """Whether a node is empty or a plain null."""
    return isinstance(node, Scalar) and not node.style and resolve_plain(node.value) is None
