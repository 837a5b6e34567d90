"""The nodes of a YAML text: what they mean to go-yaml, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import BrokenFileError
from sopskit.sops.documents.yaml_resolve import MERGE

if TYPE_CHECKING:
    from sopskit.sops.values import Value

MAX_DEPTH = 200

#: The message for a text that aliases make huge.
TOO_MANY_ALIASES = "has aliases that stand for too much"


class Scalar(NamedTuple):
    """A scalar.

    Attributes:
        text: unquoted and unfolded.
        value: what it means.
        style: empty for a plain one, else one of `'`, `"`, `|`, `>`.
        tag: in full, `!`, or None.
        anchor: name, or None.
        start: where its properties start (anchor, tag), or the content.
        content: where it starts behind the properties; quotes and `|` are part of it.
        end: behind it; of a block scalar where the parser stopped, see `yaml_blocks`.
    """

    text: str
    value: Value
    style: str
    tag: str | None
    anchor: str | None
    start: int
    content: int
    end: int


class Alias(NamedTuple):
    """A `*name` and the node that it stands for."""

    target: Node
    name: str
    start: int
    end: int


class Mapping(NamedTuple):
    """A mapping: pairs of key and value; `start`, `content` and `end` as those of a scalar."""

    pairs: list[tuple[Node, Node]]
    flow: bool
    anchor: str | None
    start: int
    content: int
    end: int


class Sequence(NamedTuple):
    """A list."""

    items: list[Node]
    flow: bool
    anchor: str | None
    start: int
    content: int
    end: int


Node = Scalar | Alias | Mapping | Sequence


class Root(NamedTuple):
    """One document.

    Attributes:
        node: a mapping, an alias of one, or a scalar that is null.
        start: where its `---` stands, or its content.
        end: where `...`, the next `---`, or the end of the text is.
    """

    node: Node
    start: int
    end: int


def broken(message: str, line: int | None) -> BrokenFileError:
    """The error for a text that is not taken."""
    return BrokenFileError(message, hint="mend it by hand, or restore it from git history", line=line)


def too_deep(line: int) -> BrokenFileError:
    """The error for more levels than are read."""
    return BrokenFileError(
        f"is nested more than {MAX_DEPTH} levels deep", hint="sopskit reads no such file", line=line
    )


def is_merge(key: Node) -> bool:
    """Whether a key is the merge key `<<`."""
    return (
        isinstance(key, Scalar)
        and key.text == "<<"
        and (key.tag == MERGE or (key.tag in (None, "!") and not key.style))
    )


def is_mergeable(value: Node) -> bool:
    """Whether go-yaml takes a value behind a merge key: a mapping, or a list of them."""
    held = value.target if isinstance(value, Alias) else value
    if isinstance(value, Sequence):
        return all(
            isinstance(item.target if isinstance(item, Alias) else item, Mapping) for item in value.items
        )
    return isinstance(held, Mapping)
