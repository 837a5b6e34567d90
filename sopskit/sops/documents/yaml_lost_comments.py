"""Comments that go-yaml has no place for, and that sops therefore leaves out of what it writes.

Written in place they would stay readable in the encrypted file. So they are encrypted as well, as the last
comments of the mapping or list around them: there they are in force for no value. sops still drops them.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sopskit.sops.documents.yaml_comments import Placed
from sopskit.sops.documents.yaml_nodes import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Sequence as List

    from sopskit.sops.documents.yaml_nodes import Node, Root


def held(spans: Iterable[tuple[int, int]], roots: List[Root]) -> Iterator[Placed]:
    """The comments at these places of a text, each held by the innermost collection around it."""
    for start, end in spans:
        root = next((root for root in reversed(roots) if root.node.start <= start), roots[0])
        holder: Node = root.node
        inner: Node | None = holder
        while inner is not None:
            holder = inner
            inner = next((each for each in _parts(holder) if each.start <= start < each.end), None)
        yield Placed(start, end, getattr(holder, "content", holder.start), sys.maxsize, inline=False)


def _parts(node: Node) -> Iterator[Node]:
    """The collections directly in a node."""
    held: Iterable[Node] = ()
    if isinstance(node, Mapping):
        held = (value for _, value in node.pairs)
    elif isinstance(node, Sequence):
        held = node.items
    return (each for each in held if isinstance(each, Mapping | Sequence))
