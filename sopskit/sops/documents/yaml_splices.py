"""Values written in place: the splice that gives a scalar, a comment or an alias of a text another value.

An encrypted value takes the style of what it stands for, and what is decrypted the style of what stood for
it, so that the text around it never changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.sops.documents import Branch, Items, yaml_emit
from sopskit.sops.documents import yaml_spelling as spelling
from sopskit.sops.documents.yaml_lines import block_end
from sopskit.sops.documents.yaml_nodes import Mapping, Scalar, Sequence
from sopskit.sops.documents.yaml_resolve import CHECKED_TAGS
from sopskit.sops.documents.yaml_shapes import filled
from sopskit.text.splice import Splice, line_end, line_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sopskit.sops import documents
    from sopskit.sops.documents.yaml_comments import Placed
    from sopskit.sops.documents.yaml_leaves import Spot, Use
    from sopskit.sops.documents.yaml_lines import Text
    from sopskit.sops.values import Value

TAGS_DROPPED = "tags that an encrypted value cannot have were dropped"
ALIASES_EXPANDED = "aliases were written out where they stand, as sops does"

_HEADER = re.compile(r"([|>][+-]?([1-9])?[+-]?)[^\r\n]*")
_ANCHOR = re.compile(r"&[0-9A-Za-z_-]+[ \t]*")
STEP = 4  # columns a level, as sops indents


def remark(at: Text, placed: Placed, value: str) -> Splice:
    """A comment with another text."""
    margin = " " * at.column(placed.start)
    return Splice(placed.start, placed.end, spelling.comment(value, margin, at.newline))


def item_to_remark(at: Text, node: Scalar, parent: Sequence, value: str) -> Splice | None:
    """A comment that sops wrote as an item of a list, as a comment again; None where none can stand."""
    start = at.text.rfind("-", line_start(at.text, node.start), node.start)
    if parent.flow or start < 0 or at.text[start + 1 : node.start].strip():
        return None
    margin = " " * at.column(start)
    text = spelling.comment(value, margin, at.newline)
    items = [item for item in parent.items if not is_remark(item)]
    if not items and node is parent.items[-1]:
        text += f"{at.newline}{margin}[]"
    return Splice(start, block_end(at.text, node) if node.style in ("|", ">") else node.end, text)


def is_remark(item: object) -> bool:
    """Whether an item of a list is a comment, as sops writes those of lists."""
    return isinstance(item, Scalar) and item.text.rstrip("\n").endswith(",type:comment]")


def sealed(at: Text, spot: Spot, node: Scalar, enc: str) -> Iterator[Splice]:
    """An encrypted value in the place of a scalar: quotes and block headers stay."""
    if node.style in ("|", ">"):
        yield from _sealed_block(at, spot, node, enc)
        return
    quote = '"' if spot.parent.flow and not node.style else node.style
    yield Splice(_start(node, enc), node.end, _prefix(node, enc) + quote + enc + quote)


def opened(at: Text, spot: Spot, node: Scalar, value: Value) -> Iterator[Splice]:
    """A decrypted value in the place of its `ENC[...]`, in that one's style where it can be."""
    if not node.style and node.tag is None and not (isinstance(value, str) and "\n" in value):
        yield Splice(node.content, node.end, spelling.one_line(value, flow=spot.parent.flow))
        return
    start, prefix = _start(node, value), _prefix(node, value)
    if node.style in ("|", ">"):
        yield from _opened_block(at, spot, node, value)
    elif node.style:
        yield Splice(start, node.end, prefix + spelling.quoted(value, node.style))
    else:
        block = _new_block(at, spot, value, node.end)
        yield Splice(start, node.end, prefix + (block or _one_line(spot, node, value)))


def _one_line(spot: Spot, node: Scalar, value: Value) -> str:
    tagged = node.tag not in (None, "!") and not loses_tag(node, value)
    return spelling.one_line(value, flow=spot.parent.flow, tagged=tagged)


def loses_tag(node: Scalar, value: Value) -> bool:
    """Whether a scalar's tag goes with its value: it says what the new one is not."""
    if node.tag is None or node.tag == "!":
        return False
    return node.tag in CHECKED_TAGS or not isinstance(value, str) or spelling.is_binary(value)


def _start(node: Scalar, value: Value) -> int:
    """Where the replacement starts: at the content, or at the properties where the tag goes."""
    return node.start if loses_tag(node, value) else node.content


def _prefix(node: Scalar, value: Value) -> str:
    """What is put before a value whose tag goes: its anchor."""
    return f"&{node.anchor} " if node.anchor and loses_tag(node, value) else ""


def _sealed_block(at: Text, spot: Spot, node: Scalar, enc: str) -> Iterator[Splice]:
    """The header stays, with a comment in it, and below is one line."""
    if loses_tag(node, enc):
        yield Splice(node.start, node.content, _prefix(node, enc))
    line = at.newline + " " * _block_column(at, spot, node) + enc
    yield Splice(_header(at, node)[2], block_end(at.text, node), line)


def _opened_block(at: Text, spot: Spot, node: Scalar, value: Value) -> Iterator[Splice]:
    """A value in the place of a block scalar: a literal block, or one line; a comment in the header stays."""
    written, digit, body = _header(at, node)
    start, behind, stop = _start(node, value), node.content + len(written), block_end(at.text, node)
    column = _block_column(at, spot, node)
    indent = column - at.column(spot.parent.content)
    new = _literal(node, value)
    if new is None or (new.indicator and not digit and not 1 <= indent <= 9):
        yield Splice(start, behind, _prefix(node, value) + _one_line(spot, node, value))
        yield Splice(body, stop, "")
        return
    if written.strip("|123456789") != new.chomping or (new.indicator and not digit):
        written = f"|{digit or (indent if new.indicator else '')}{new.chomping}"
    end = at.newline if str(value).endswith("\n") and not _line_ends(at, stop) else ""
    yield Splice(start, behind, _prefix(node, value) + written)
    yield Splice(body, stop, new.body(column, at.newline) + end)


def _literal(node: Scalar, value: Value) -> spelling.Literal | None:
    """The literal block for a value in the place of a block scalar, where it is to be one."""
    if not isinstance(value, str) or (node.style == ">" and "\n" not in value):
        return None
    return spelling.literal(value, any_spaces=node.style == "|")


def _header(at: Text, node: Scalar) -> tuple[str, str, int]:
    """A block scalar's indicators, the digit among them, and where its header line ends."""
    found = _HEADER.match(at.text, node.content)
    if found is None:
        return "", "", node.content
    return found[1], found[2] or "", found.end()


def _line_ends(at: Text, position: int) -> bool:
    return at.text.startswith(("\n", "\r"), position)


def _new_block(at: Text, spot: Spot, value: Value, stop: int) -> str | None:
    """A literal block where there was none, up to `stop`.

    None where something follows in the line, or the value has one line or must be quoted.
    """
    if not isinstance(value, str) or "\n" not in value or spot.parent.flow:
        return None
    new = spelling.literal(value)
    if new is None or at.text[stop : line_end(at.text, stop)].strip():
        return None
    outer = at.column(spot.parent.content)
    indent = STEP - outer % STEP if isinstance(spot.parent, Mapping) else 2
    end = at.newline if value.endswith("\n") and not _line_ends(at, stop) else ""
    return new.header(indent) + new.body(outer + indent, at.newline) + end


def _block_column(at: Text, spot: Spot, node: Scalar) -> int:
    """The column of a block scalar's lines."""
    outer = at.column(spot.parent.content)
    if digit := _header(at, node)[1]:
        return outer + int(digit)
    body = at.text[line_end(at.text, node.content) : node.end]
    first = next((line for line in body.split("\n") if line.strip()), None)
    return outer + 2 if first is None else len(first) - len(first.lstrip(" "))


def expanded(at: Text, use: Use, value: Callable[[int], Value]) -> Iterator[Splice]:
    """What an alias stands for, written out in its place."""
    tree = filled(use.shape, value)
    start, end = use.alias.start, use.alias.end
    many = isinstance(tree, Branch | Items) and bool(tree.items)
    if use.parent.flow or not many:
        yield Splice(start, end, yaml_emit.flow(tree) if use.parent.flow else _alone(at, use, tree))
        return
    layout = yaml_emit.Layout(STEP, at.newline)
    outer = at.column(use.parent.content)
    in_list = isinstance(use.parent, Sequence)
    column = outer + 2 if in_list else layout.deeper(outer)
    if isinstance(tree, Branch):
        lines = layout.mapping(tree, column)
    else:
        lines = layout.sequence(tree if isinstance(tree, Items) else Items(()), column)
    rest = line_end(at.text, end)
    if in_list and not at.text[end:rest].strip():
        yield Splice(start, end, at.newline.join(lines)[column:])
        return
    before = start
    while at.text[before - 1] == " ":
        before -= 1
    yield Splice(before, end, "")
    place = end + len(at.text[end:rest].rstrip("\r\n"))
    yield Splice(place, place, at.newline + at.newline.join(lines))


def _alone(at: Text, use: Use, tree: documents.Node) -> str:
    outer = at.column(use.parent.content)
    inner = outer + (2 if isinstance(use.parent, Sequence) else STEP - outer % STEP)
    return yaml_emit.Layout(STEP, at.newline).scalar(tree, outer, inner)


def without_anchor(at: Text, start: int, content: int) -> Splice | None:
    """The anchor before a node goes, with the blanks behind it or those it would leave at a line's end."""
    found = _ANCHOR.search(at.text, start, content)
    if found is None:
        return None
    first = found.start()
    ends_line = at.text.startswith(("\n", "\r"), found.end())
    while ends_line and at.text[first - 1] in " \t" and at.text[first - 2] not in "-?\n":
        first -= 1
    return Splice(first, found.end(), "")
