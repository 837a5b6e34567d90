"""A tree as a new YAML text, laid out as sops does it.

Source: getsops/sops, stores/yaml/store.go (`appendTreeBranch`, `appendSequence`: where comments go) and
go.yaml.in/yaml/v3, emitterc.go (columns).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents import yaml_spelling as spelling
from sopskit.sops.documents.yaml_nodes import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.sops.documents import Node

DEFAULT_INDENT = 4
_MAX_SIMPLE_KEY = 128  # bytes; a longer key is written behind a `?`


def emit(branches: Sequence[Branch], indent: int | None = None, *, keep_comments_apart: bool = False) -> str:
    """A text of one or more documents; see `sopskit.sops.documents.emit`.

    Args:
        branches: the documents.
        indent: columns a level.
        keep_comments_apart: put a blank line behind the comments at the end of a mapping or list, so that
            go-yaml does not attach them to what follows, and leave out empty ones.
    """
    layout = Layout(indent, keep_comments_apart=keep_comments_apart)
    return "---\n".join("".join(line + "\n" for line in layout.mapping(branch, 0)) for branch in branches)


class Layout:
    """Lays nodes out in lines.

    Args:
        indent: columns a level; None for sops's default. Out of range it is 2, as in go-yaml.
    """

    def __init__(
        self, indent: int | None = None, newline: str = "\n", *, keep_comments_apart: bool = False
    ) -> None:
        wanted = DEFAULT_INDENT if indent is None else indent
        self.indent = wanted if 2 <= wanted <= 9 else 2
        self.newline = newline
        self._apart = keep_comments_apart
        self._depth = 0

    def deeper(self, column: int) -> int:
        """The next column to the right (`yaml_emitter_increase_indent`)."""
        return self.indent * ((column + self.indent) // self.indent)

    def mapping(self, branch: Branch, column: int) -> list[str]:
        """The lines of a mapping whose keys stand in a column."""
        lines: list[str] = []
        inline: list[str] = []
        margin = " " * column
        empty = True
        for item in branch.items:
            if isinstance(item, Comment):
                self._remark(item, margin, lines, inline)
                continue
            empty = False
            key, node = item
            lines += self._pair(key, node, column, self._behind(node, inline, margin, lines))
        if empty:
            lines.append(margin + "{}")
        return self._ended(lines, inline, margin, node_items=branch.items)

    def sequence(self, node: Items, column: int) -> list[str]:
        """The lines of a list whose dashes stand in a column."""
        lines: list[str] = []
        inline: list[str] = []
        margin = " " * column
        empty = True
        for item in node.items:
            if isinstance(item, Comment):
                self._remark(item, margin, lines, inline)
                continue
            empty = False
            lines += self._item(item, column, self._behind(item, inline, margin, lines))
        if empty:
            lines.append(margin + "[]")
        return self._ended(lines, inline, margin, node_items=node.items)

    def _ended(
        self, lines: list[str], inline: list[str], margin: str, node_items: Sequence[object]
    ) -> list[str]:
        lines += [margin + spelling.comment(text, margin, self.newline) for text in inline]
        if self._apart and node_items and isinstance(node_items[-1], Comment):
            lines.append("")
        return lines

    def _remark(self, comment: Comment, margin: str, lines: list[str], inline: list[str]) -> None:
        if self._apart and not comment.text:
            return
        if comment.inline:
            inline.append(comment.text)
        else:
            lines.append(margin + spelling.comment(comment.text, margin, self.newline))

    def _behind(self, node: Node, inline: list[str], margin: str, lines: list[str]) -> str:
        """What stands behind a value in its line: one comment; others, and those of a nested value, go up."""
        texts = [spelling.comment(text, margin, self.newline) for text in inline]
        inline.clear()
        fitting = "" if isinstance(node, Branch | Items) and _filled(node) else "".join(texts[-1:])
        if self.newline in fitting:
            fitting = ""
        lines += [margin + text for text in (texts[:-1] if fitting else texts)]
        return f" {fitting}" if fitting else ""

    def _pair(self, key: str, node: Node, column: int, behind: str) -> list[str]:
        margin = " " * column
        name = spelled_key(key, node)
        start = margin + name + ":"
        if len(name.encode("utf-8", "replace")) > _MAX_SIMPLE_KEY:
            start = f"{margin}? {name}{self.newline}{margin}:"
        if isinstance(node, Branch | Items) and node.items:
            if _filled(node):
                return [start, *self._nested(node, self.deeper(column))]
            return self._empty(node, start + " ", margin, behind)
        return [start + " " + self.scalar(node, column, self.deeper(column), behind)]

    def _item(self, node: Node, column: int, behind: str) -> list[str]:
        margin = " " * column
        if not isinstance(node, Branch | Items):
            return [f"{margin}- " + self.scalar(node, column, column + 2, behind)]
        if not _filled(node):
            return self._empty(node, f"{margin}- ", margin, behind)
        # Comments before the first key or item stand before the dash.
        first = next(n for n, item in enumerate(node.items) if not isinstance(item, Comment))
        above = self._only_comments(node.items[:first], margin)
        rest = Branch(node.items[first:]) if isinstance(node, Branch) else Items(node.items[first:])
        lines = self._nested(rest, column + 2)
        return [*above, f"{margin}- {lines[0][column + 2 :]}", *lines[1:]]

    def _empty(self, node: Branch | Items, start: str, margin: str, behind: str) -> list[str]:
        """A mapping or list with nothing but comments: one stands behind it, several above."""
        comments = self._only_comments(node.items, "")
        spelled = start + ("{}" if isinstance(node, Branch) else "[]")
        if len(comments) == 1 and not behind:
            return [f"{spelled} {comments[0]}"]
        return [*(margin + comment for comment in comments), spelled + behind]

    def _nested(self, node: Branch | Items, column: int) -> list[str]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FailedError(f"a value is nested more than {MAX_DEPTH} levels deep", hint="flatten it")
        lines = self.mapping(node, column) if isinstance(node, Branch) else self.sequence(node, column)
        self._depth -= 1
        return lines

    def _only_comments(self, items: Iterable[object], margin: str) -> list[str]:
        return [
            margin + spelling.comment(item.text, margin, self.newline)
            for item in items
            if isinstance(item, Comment) and (item.text or not self._apart)
        ]

    def scalar(self, node: Node, column: int, inner: int, behind: str = "") -> str:
        """A value behind its key or dash in `column`; further lines of it start in the column `inner`."""
        if isinstance(node, Branch):
            return "{}" + behind
        if isinstance(node, Items):
            return "[]" + behind
        if isinstance(node, Comment):
            return "null"
        if isinstance(node, str) and "\n" in node and (block := spelling.literal(node)):
            return block.header(inner - column) + behind + block.body(inner, self.newline)
        return spelling.one_line(node) + behind


def flow(node: Node) -> str:
    """A node in braces and brackets, on one line; comments have no place in it."""
    if isinstance(node, Branch):
        pairs = [item for item in node.items if not isinstance(item, Comment)]
        return "{" + ", ".join(f"{spelling.double(key)}: {flow(value)}" for key, value in pairs) + "}"
    if isinstance(node, Items):
        return "[" + ", ".join(flow(item) for item in node.items if not isinstance(item, Comment)) + "]"
    return spelling.one_line(None if isinstance(node, Comment) else node, flow=True)


def spelled_key(key: str, node: Node) -> str:
    """A key; `<<` before mappings merges them, and elsewhere is a text."""
    if key == "<<" and (isinstance(node, Branch) or (isinstance(node, Items) and _all_mappings(node))):
        return key
    return spelling.one_line(key) if "\n" not in key and key else spelling.double(key)


def _all_mappings(node: Items) -> bool:
    return all(isinstance(item, Branch | Comment) for item in node.items)


def _filled(node: Branch | Items) -> bool:
    """Whether it holds more than comments."""
    return any(not isinstance(item, Comment) for item in node.items)
