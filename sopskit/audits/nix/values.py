"""The values of secret files as sops-nix finds them, by key names and type labels that stay clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.sops import documents
from sopskit.sops.documents import Branch, Items
from sopskit.sops.formats import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.sops.documents import Document, Node


class Values:
    """Reads each file once in each format."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._documents: dict[tuple[str, str], Document | str] = {}
        self._trees: dict[tuple[str, str], Branch | None] = {}

    def document(self, path: str, kind: str) -> Document | str | None:
        """A secret file read in a format: the document, or why it cannot be; None where it is not there."""
        if path not in self._subject.source.encrypted or kind not in tuple(Format):
            return None
        if (path, kind) not in self._documents:
            content = self._subject.content(path)
            if content is None:
                return None
            try:
                read = documents.read(content, Format(kind))
                found: Document | str = read if read.encrypted else "it has no SOPS metadata in that format"
            except SopskitError as error:
                found = error.message
            self._documents[path, kind] = found
        return self._documents[path, kind]

    def tree(self, path: str, kind: str) -> Branch | None:
        """The values of a file; None where there are none to be looked at."""
        if (path, kind) not in self._trees:
            document = self.document(path, kind)
            trees = () if document is None or isinstance(document, str) else document.tree()
            self._trees[path, kind] = trees[0] if len(trees) == 1 else None
        return self._trees[path, kind]


def values_of(subject: Subject) -> Values:
    """The values of a repository's secret files; all audits share them."""
    found: Values = subject.source.memo.setdefault("nix-values", Values(subject))
    return found


class Found(NamedTuple):
    """The value at a key."""

    node: Node


def at(tree: Branch, names: list[str]) -> Found | None:
    """What stands at a key; None where nothing does."""
    node: Node = tree
    for name in names:
        if not isinstance(node, Branch):
            return None
        pairs = dict(item for item in node.items if type(item) is tuple)
        if name not in pairs:
            return None
        node = pairs[name]
    return Found(node)


def leaves(tree: Branch, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The keys of all values but maps; a list is one."""
    for item in tree.items:
        if type(item) is tuple:
            name, node = item
            if isinstance(node, Branch):
                yield from leaves(node, (*above, name))
            else:
                yield (*above, name)


def type_of(node: Node) -> str:
    """What sops-nix gets: `text`, or the type that it fails on."""
    if isinstance(node, Branch):
        return "map"
    if isinstance(node, Items):
        return "list"
    if isinstance(node, str):
        return _labelled(node)
    if node is None:
        return "null"
    return type(node).__name__ if isinstance(node, bool | int | float) else "text"


_LABELS = {"int": "int", "float": "float", "bool": "bool"}


def _labelled(text: str) -> str:
    """By the label of an encrypted value: `ENC[AES256_GCM,data:...,type:int]`."""
    if not (text.startswith("ENC[") and text.endswith("]")):
        return "text"
    return _LABELS.get(text[:-1].rpartition(",type:")[2], "text")
