"""YAML: the values of a text, written back in place.

Source: getsops/sops, stores/yaml/store.go, and go.yaml.in/yaml/v3, with which sops reads.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property, partial
from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError
from sopskit.sops.documents import Branch, yaml_edits, yaml_emit, yaml_nodes, yaml_parsing, yaml_writing
from sopskit.sops.documents.yaml_leaves import Walked, walk
from sopskit.sops.documents.yaml_lines import Text
from sopskit.sops.documents.yaml_metadata import at_end
from sopskit.sops.documents.yaml_shapes import branch
from sopskit.sops.formats import sniffing
from sopskit.text import splice
from sopskit.text.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.documents import Document, Leaf, Node, Written
    from sopskit.sops.documents.yaml_comments import Placed
    from sopskit.sops.documents.yaml_nodes import Root
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value


class YamlDocument:
    """A YAML text of one or more documents; see `sopskit.sops.documents.Document`.

    Attributes:
        at: the text and its line ending.
        roots: its documents.
        walked: leaves, where they stand, and the shape of the trees.
    """

    def __init__(self, text: str) -> None:
        with uncollected():
            self._read(text)

    def _read(self, text: str) -> None:
        self.at = Text(text, splice.newline_of(text))
        self.roots = yaml_parsing.parse(text)
        if not self.roots:
            raise yaml_nodes.broken("holds no YAML document: it is empty, or all comments", None)
        encrypted = any(_has_metadata(root) for root in self.roots)
        comments = _comments(self.at, self.roots, encrypted=encrypted)
        self.walked: Walked = walk(text, self.roots, comments, plaintext=not encrypted)

    @property
    def leaves(self) -> Sequence[Leaf]:
        """Values and comments in sops's order."""
        return self.walked.leaves

    @property
    def encrypted(self) -> bool:
        """Whether a document has a key `sops`."""
        return any(self.walked.metadata)

    def value(self, number: int) -> Value:
        """The value of a leaf as it is in the text."""
        return self.walked.leaves[number].value

    def line_of(self, number: int) -> int | None:
        """The line where a leaf stands; that of the alias for one that an alias stands for."""
        spot = self.walked.spots[number]
        if spot is None:
            use = next(use for use in self.walked.uses if use.first <= number < use.end)
            return self._line(use.alias.start)
        return self._line(spot.node.start)

    def _line(self, position: int) -> int:
        return bisect_left(self._newlines, position) + 1

    @cached_property
    def _newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.at.text)]

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The documents as trees, without the metadata."""
        leaves, new = self.walked.leaves, values or {}
        return tuple(
            branch(shape, lambda number: new[number] if number in new else leaves[number].value)
            for shape in self.walked.shapes
        )

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The text with other values; see `sopskit.sops.documents.Document.written`."""
        earlier = previous if isinstance(previous, YamlDocument) else None
        with uncollected():
            return yaml_writing.written(self, values, metadata, earlier)

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """The text with another value at a path."""
        return yaml_edits.set_value(self, path, value)

    def unset(self, path: Sequence[str | int]) -> bytes:
        """The text without what is at a path."""
        return yaml_edits.unset(self, path)


def read(data: bytes) -> YamlDocument:
    """Read a YAML text; see `sopskit.sops.documents.read`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BrokenFileError(
            "the file is not UTF-8",
            hint="convert it, or restore it from git history",
            line=data.count(b"\n", 0, error.start) + 1,
        ) from None
    sniffing.refuse_nul(text)
    sniffing.refuse_conflict(text)
    return YamlDocument(text)


def emit(branches: Sequence[Branch], indent: int | None = None) -> bytes:
    """A new YAML text; see `sopskit.sops.documents.emit`."""
    return yaml_emit.emit(branches, indent).encode()


def _comments(at: Text, roots: Sequence[Root], *, encrypted: bool) -> list[Placed]:
    """The comments of a text, where they are once it is encrypted.

    A plaintext gets the block `sops` behind its last line, which go-yaml attaches comments before it to.
    """
    if "#" not in at.text:
        return []
    from sopskit.sops.documents.yaml_comments import find
    from sopskit.sops.documents.yaml_lost_comments import held

    if encrypted:
        placed, lost = find(at.text)
        return [*placed, *held(lost, roots)]
    splices = [at_end(at, root, block) for root in roots if (block := _stand_in(at, root))]
    placed, lost = find(splice.apply(at.text, splices))
    before = partial(_before, splices=splices)
    return [
        *(p._replace(start=before(p.start), end=before(p.end), parent=before(p.parent)) for p in placed),
        *held([(before(start), before(end)) for start, end in lost], roots),
    ]


def _has_metadata(root: Root) -> bool:
    held = root.node
    return isinstance(held, yaml_nodes.Mapping) and any(
        isinstance(key, yaml_nodes.Scalar) and key.value == "sops" for key, _ in held.pairs
    )


def _stand_in(at: Text, root: Root) -> str:
    """A block in the place of the metadata; empty where none can stand."""
    held = root.node
    if isinstance(held, yaml_nodes.Mapping) and not held.flow:
        margin = " " * at.column(held.content)
    elif isinstance(held, yaml_nodes.Scalar) and held.start == held.end:
        margin = ""
    else:
        return ""
    return f"{margin}sops:{at.newline}{margin}    a: b{at.newline}"


def _before(position: int, splices: Sequence[splice.Splice]) -> int:
    """A position in the text as it was before the insertions."""
    for place, _, inserted in splices:
        if position <= place:
            break
        position -= min(len(inserted), position - place)
    return position
