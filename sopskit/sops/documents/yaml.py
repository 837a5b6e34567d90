"""YAML: the values of a text, written back in place.

Source: getsops/sops, stores/yaml/store.go, and go.yaml.in/yaml/v3, with which sops reads.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError
from sopskit.sops.documents import Written, yaml_simple, yaml_simple_writing
from sopskit.sops.formats import sniffing
from sopskit.text import splice
from sopskit.text.garbage import uncollected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.documents import Branch, Document, Leaf, Node
    from sopskit.sops.documents.yaml_leaves import Walked
    from sopskit.sops.documents.yaml_lines import Text
    from sopskit.sops.documents.yaml_nodes import Root
    from sopskit.sops.metadata import Metadata
    from sopskit.sops.values import Value


class YamlDocument:
    """A YAML text of one or more documents; see `sopskit.sops.documents.Document`.

    Attributes:
        text: the whole text.
        simple: its leaves, where its layout is the simplest; nodes and trees are then made only if needed.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        with uncollected():
            self.simple = yaml_simple.read(text)
            self.leaves: Sequence[Leaf] = self.walked.leaves if self.simple is None else self.simple.leaves

    @cached_property
    def at(self) -> Text:
        """The text and its line ending."""
        from sopskit.sops.documents.yaml_lines import Text

        return Text(self.text, splice.newline_of(self.text))

    @cached_property
    def roots(self) -> list[Root]:
        """The documents."""
        from sopskit.sops.documents import yaml_nodes, yaml_parsing

        roots = yaml_parsing.parse(self.text)
        if not roots:
            raise yaml_nodes.broken("holds no YAML document: it is empty, or all comments", None)
        return roots

    @cached_property
    def walked(self) -> Walked:
        """Leaves, where they stand, and the shape of the trees."""
        from sopskit.sops.documents import yaml_walk

        return yaml_walk.walked(self.at, self.roots)

    @property
    def count(self) -> int:
        """How many documents there are."""
        return len(self.roots) if self.simple is None else 1

    @property
    def encrypted(self) -> bool:
        """Whether a document has a key `sops`."""
        if self.simple is not None:
            return self.simple.metadata is not None
        return any(self.walked.metadata)

    def value(self, number: int) -> Value:
        """The value of a leaf as it is in the text."""
        return self.leaves[number].value

    def line_of(self, number: int) -> int | None:
        """The line where a leaf stands; that of the alias for one that an alias stands for."""
        if self.simple is not None:
            return self._line(self.simple.spans[number].start)
        spot = self.walked.spots[number]
        if spot is None:
            use = next(use for use in self.walked.uses if use.first <= number < use.end)
            return self._line(use.alias.start)
        return self._line(spot.node.start)

    def _line(self, position: int) -> int:
        return bisect_left(self._newlines, position) + 1

    @cached_property
    def _newlines(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    def tree(self, values: Mapping[int, Value] | None = None) -> tuple[Branch, ...]:
        """The documents as trees, without the metadata."""
        from sopskit.sops.documents.yaml_shapes import branch

        leaves, new = self.leaves, values or {}
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
            text = yaml_simple_writing.written(self, values, metadata, earlier)
            if text is not None:
                return Written(text.encode())
            from sopskit.sops.documents import yaml_writing

            return yaml_writing.written(self, values, metadata, earlier)

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """The text with another value at a path."""
        from sopskit.sops.documents import yaml_edits

        return yaml_edits.set_value(self, path, value)

    def unset(self, path: Sequence[str | int]) -> bytes:
        """The text without what is at a path."""
        from sopskit.sops.documents import yaml_edits

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
    from sopskit.sops.documents import yaml_emit

    return yaml_emit.emit(branches, indent).encode()
