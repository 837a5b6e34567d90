"""Values as text: dotenv and INI know nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import FailedError
from sopskit.sops.documents import Branch, Comment, Items
from sopskit.sops.documents.go_numbers import flat_float
from sopskit.sops.values import Time

if TYPE_CHECKING:
    from sopskit.sops.documents import Node


def text_of(node: Node, key: str) -> str:
    """A single value as sops turns it into text (stores.go, `ValToString`).

    Args:
        node: the value.
        key: names it in the error.

    Raises:
        FailedError: it is a list, a mapping or a comment.
    """
    if isinstance(node, (Branch, Items, Comment)):
        raise FailedError(
            f"the value of {key} is nested: dotenv and INI hold single values only", hint="use yaml or json"
        )
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, float):
        return flat_float(node)
    if isinstance(node, Time):
        return node.text
    if isinstance(node, bytes):
        return node.decode("utf-8", "surrogateescape")
    return "<nil>" if node is None else str(node)
