"""The values of SOPS files in their five formats: read from the text, and written back in place.

A document is the text and what sops sees in it: leaves, which are values and comments in the order that
sops hashes and encrypts them, and the tree they stand in. Where SOPS metadata is, beside the values, is
the matter of `sopskit.sops.formats`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from sopskit.sops.formats import Format
from sopskit.sops.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sopskit.sops.metadata import Metadata


class Leaf(NamedTuple):
    """A value or a comment; null is no leaf, since sops leaves it alone.

    Attributes:
        path: the keys that lead to it, without list indexes; those of the mapping or list that holds it
            for a comment.
        value: as it is in the text: of an encrypted one the `ENC[...]`; of a comment what is behind its sign.
        is_comment: whether it is a comment. Each line of one is a leaf of its own.
        comments: the comments that are in force here, those further out first (sops.go, `commentsStack`);
            a comment itself is the last of its own.
    """

    path: tuple[str, ...]
    value: Value
    is_comment: bool = False
    comments: Sequence[str] = ()


class Comment(NamedTuple):
    """A comment in a tree: a line of its own, or `inline` behind a value."""

    text: str
    inline: bool = False


class Items(NamedTuple):
    """A list in a tree."""

    items: tuple[Node, ...]


class Branch(NamedTuple):
    """A mapping in a tree: pairs of key and node, and comments, in the order of the text."""

    items: tuple[tuple[str, Node] | Comment, ...]


Node = Value | Items | Branch | Comment


class Document(Protocol):
    """A text of one format, plaintext or encrypted."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """Values and comments in sops's order; those of the metadata are not among them."""

    @property
    def encrypted(self) -> bool:
        """Whether the text has SOPS metadata, or what sops would take for it (a key `sops`)."""

    def line_of(self, number: int) -> int | None:
        """The line, from 1, where the leaf of that number stands; None in a format without lines."""

    def tree(self, values: Mapping[int, Value] = ...) -> tuple[Branch, ...]:
        """The documents of the text (one, but in YAML) as trees, without the metadata.

        Args:
            values: number of a leaf -> the value that it has instead of the one in the text.
        """

    def written(
        self, values: Mapping[int, Value], metadata: Metadata | None, previous: Document | None = None
    ) -> Written:
        """The text with other values; what need not change keeps its bytes.

        Args:
            values: number of a leaf -> its new value. A value that stays a string of the same style where it
                can: plain, quoted or `|`.
            metadata: what the text is to carry, or None for a plaintext. Metadata that is there is edited in
                place, and new one laid out as sops 3.13 does.
            previous: an earlier state of the document whose metadata is carried over and edited, where this
                one has none: what was decrypted, edited and is encrypted again.

        Raises:
            FailedError: the format cannot hold a value.
        """

    def set(self, path: Sequence[str | int], value: Node) -> bytes:
        """A plaintext with another value at a path; what is missing on the way is made (sops.go, `set`).

        Args:
            path: keys and list indexes; an index behind the end appends.
            value: a value, `Items` or `Branch`.

        Raises:
            FailedError: the format has no such place, or cannot hold such a value.
        """

    def unset(self, path: Sequence[str | int]) -> bytes:
        """A plaintext without the key or list item at a path.

        Raises:
            FailedError: there is none.
        """


class Written(NamedTuple):
    """A text, and what had to be spelled otherwise than in place, for the user to know: one line each."""

    data: bytes
    notes: tuple[str, ...] = ()


class _Module(Protocol):
    """What a module of a format has."""

    def read(self, data: bytes) -> Document: ...

    def emit(self, branches: Sequence[Branch], indent: int | None) -> bytes: ...


_MODULES = {kind: f"sopskit.sops.documents.{kind}" for kind in Format}


def read(data: bytes, format: Format) -> Document:  # noqa: A002 - the field's word
    """Read the values of a text.

    Raises:
        BrokenFileError: it is not of that format, or sops would not take it.
    """
    return _module(format).read(data)


def emit(branches: Sequence[Branch], format: Format, indent: int | None = None) -> bytes:  # noqa: A002
    """A new text of a format, laid out as sops does: what a conversion or a new file is.

    Args:
        branches: trees, one for each YAML document; other formats hold one.
        format: of the text.
        indent: spaces a level; None for sops's default (YAML 4, JSON a tab).

    Raises:
        FailedError: the format cannot hold such a tree.
    """
    return _module(format).emit(branches, indent)


def _module(kind: Format) -> _Module:
    return cast("_Module", import_module(_MODULES[kind]))
