"""A YAML document with other values and other metadata: in place, or, where that cannot be, laid out anew.

Whatever is written is read again and held against what it should say, before anyone gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import BrokenFileError, FailedError
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.documents import Branch, Written, yaml_emit, yaml_metadata, yaml_splices
from sopskit.sops.documents.yaml_metadata import OtherLayoutError
from sopskit.sops.documents.yaml_nodes import Alias, Mapping, Scalar, Sequence
from sopskit.sops.selectors import selects
from sopskit.sops.values import same
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as Dict
    from collections.abc import Sequence as List

    from sopskit.sops.documents import Leaf
    from sopskit.sops.documents.yaml import YamlDocument
    from sopskit.sops.metadata import Metadata, Selector
    from sopskit.sops.values import Value
    from sopskit.text.splice import Splice

LAID_OUT_ANEW = "the file was laid out anew, as sops does: its form cannot hold the values in place"


def written(
    document: YamlDocument,
    values: Dict[int, Value],
    metadata: Metadata | None,
    previous: YamlDocument | None,
) -> Written:
    """See `sopskit.sops.documents.Document.written`."""
    writer = _Writer(document, values, encrypting=metadata is not None)
    try:
        text = splice.apply(
            document.at.text, [*writer.splices(), *_metadata(document, metadata, previous or document)]
        )
        if writer.holds(text, metadata):
            return Written(text.encode(), tuple(writer.notes))
    except (OtherLayoutError, ValueError):
        pass
    text = writer.anew(metadata)
    if not writer.holds(text, metadata):
        if metadata is None:
            raise FailedError("the values cannot be written as YAML", hint="choose another format")
        raise FailedError(
            "a comment stands where it would not be found again",
            hint="put it in a line of its own, above what it is about",
        )
    return Written(text.encode(), (LAID_OUT_ANEW,))


class _Writer:
    def __init__(self, document: YamlDocument, values: Dict[int, Value], *, encrypting: bool) -> None:
        self.notes: list[str] = []
        self._document = document
        self._encrypting = encrypting
        self._values = values
        self._leaves = document.leaves

    def value(self, number: int) -> Value:
        """The value that a leaf is to have."""
        return self._values[number] if number in self._values else self._leaves[number].value

    def splices(self) -> Iterator[Splice]:
        """The splices that give all leaves their values."""
        yield from self._aliases()
        at = self._document.at
        for number, value in self._values.items():
            spot, leaf = self._document.walked.spots[number], self._leaves[number]
            if spot is None or same(value, leaf.value):
                continue
            if not isinstance(spot.node, Scalar):
                # What stands for an empty comment of a list, see yaml_leaves.
                empty = not self._encrypting and value == " " and isinstance(spot.parent, Sequence)
                yield yaml_splices.remark(at, spot.node, "" if empty else str(value))
            elif self._encrypting and isinstance(value, str) and is_encrypted(value):
                if yaml_splices.loses_tag(spot.node, value):
                    self._note(yaml_splices.TAGS_DROPPED)
                yield from yaml_splices.sealed(at, spot, spot.node, value)
            elif leaf.is_comment and isinstance(spot.parent, Sequence):
                yield self._remark(spot.node, spot.parent, str(value))
            else:
                yield from yaml_splices.opened(at, spot, spot.node, value)

    def _remark(self, node: Scalar, parent: Sequence, value: str) -> Splice:
        found = yaml_splices.item_to_remark(self._document.at, node, parent, value)
        if found is None:
            raise OtherLayoutError
        return found

    def _aliases(self) -> Iterator[Splice]:
        """Aliases whose values are not those of their anchor are written out; anchors without use go.

        Those of flow collections too, if there are comments: sops finds one beside the anchor again at the
        alias, whose path is not its own.
        """
        at = self._document.at
        commented = self._encrypting and any(leaf.is_comment for leaf in self._document.leaves)
        used, unused = set[int](), dict[int, int]()
        for use in self._document.walked.uses:
            target = use.alias.target
            apart = use.target - use.first
            in_flow = isinstance(target, Mapping | Sequence) and target.flow
            if not (commented and in_flow) and all(
                same(self.value(n), self.value(n + apart)) for n in range(use.first, use.end)
            ):
                used.add(target.start)
                continue
            self._note(yaml_splices.ALIASES_EXPANDED)
            unused[target.start] = target.end if isinstance(target, Alias) else target.content
            yield from yaml_splices.expanded(at, use, self.value)
        used |= self._replaced()
        for start, content in unused.items():
            if start not in used:
                gone = yaml_splices.without_anchor(at, start, content)
                if gone is not None:
                    yield gone

    def _replaced(self) -> set[int]:
        """Where the scalars start whose properties are replaced together with them."""
        return {
            spot.node.start
            for number, value in self._values.items()
            if (spot := self._document.walked.spots[number]) is not None
            and isinstance(spot.node, Scalar)
            and yaml_splices.loses_tag(spot.node, value)
        }

    def _note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def anew(self, metadata: Metadata | None) -> str:
        """The whole text as sops would write it."""
        branches = self._document.tree(self._values)
        if metadata is None:
            return yaml_emit.emit(branches)
        block = yaml_metadata.node(metadata)
        branches = tuple(Branch((*branch.items, ("sops", block))) for branch in branches)
        return yaml_emit.emit(branches, keep_comments_apart=True)

    def holds(self, text: str, metadata: Metadata | None) -> bool:
        """Whether a text says what it should: the values, and on encryption the comments at their places."""
        try:
            document = type(self._document)(text)
        except BrokenFileError:
            return False
        if document.encrypted is not self._encrypting or document.count != self._document.count:
            return False
        read = [leaf for leaf in document.leaves if self._counts(leaf, leaf.value)]
        numbers = [n for n, leaf in enumerate(self._leaves) if self._counts(leaf, self.value(n))]
        return (
            len(read) == len(numbers)
            and all(
                leaf.path == self._leaves[number].path and self._same(leaf.value, self.value(number))
                for leaf, number in zip(read, numbers, strict=True)
            )
            and (metadata is None or self._chosen_again(read, numbers, metadata.selector))
        )

    def _chosen_again(self, read: List[Leaf], numbers: List[int], selector: Selector | None) -> bool:
        """Whether comments that say what is encrypted still stand before the same values."""
        if selector is None or not selector.name.endswith("comment_regex") or self._document.encrypted:
            return True
        chosen = selects(selector)
        return all(
            chosen(leaf) is (number in self._values) for leaf, number in zip(read, numbers, strict=True)
        )

    def _counts(self, leaf: Leaf, value: Value) -> bool:
        """Whether a leaf must be in the text; a comment only where its place decides how it opens."""
        return not leaf.is_comment or (self._encrypting and value != "")

    def _same(self, read: Value, wanted: Value) -> bool:
        if same(read, wanted):
            return True
        # An encrypted value in a block scalar ends with a line end.
        encrypted = self._encrypting and isinstance(wanted, str) and is_encrypted(wanted)
        return encrypted and isinstance(read, str) and read.rstrip("\n") == wanted


def _metadata(document: YamlDocument, metadata: Metadata | None, previous: YamlDocument) -> Iterator[Splice]:
    """The splices that put the metadata into each document, edit it, or take it out."""
    at = document.at
    blocks = _blocks(previous) if metadata is not None else []
    for number, root in enumerate(document.roots):
        own = document.walked.metadata[number]
        if metadata is None:
            yield from yaml_metadata.removed(at.text, root, own)
            continue
        block, first = blocks[number] if number < len(blocks) else (blocks or [("", False)])[0]
        if block:
            block = yaml_metadata.edited(block, metadata, at.newline)
        else:
            block = yaml_metadata.new_block(metadata, at.newline)
        if own:
            start, end = yaml_metadata.block_span(at.text, root, *own[0])
            yield splice.Splice(start, end, block)
        else:
            yield yaml_metadata.inserted(at, root, block, first=first)


def _blocks(document: YamlDocument) -> list[tuple[str, bool]]:
    """The lines of the metadata of each document, and whether other keys follow it."""
    text = document.at.text
    found = []
    for root, pairs in zip(document.roots, document.walked.metadata, strict=True):
        if pairs and isinstance(root.node, Mapping):
            start, end = yaml_metadata.block_span(text, root, *pairs[0])
            first = root.node.pairs[0][0] is pairs[0][0] and len(root.node.pairs) > 1
            found.append((text[start:end], first))
    return found
