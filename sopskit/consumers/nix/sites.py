"""Where a file binds an option, found in its syntax, whatever functions and conditions are around.

What no host is known to import is read here: in its file alone, its arguments not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.consumers.nix import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.consumers.nix.syntax import Binding, Node


class Site(NamedTuple):
    """A binding that has a name among its names.

    Attributes:
        binding: it.
        rest: its names from that name on.
        prefix: the names of the sets around it and its own in front of that name; "?" for one not known.
        around: what holds it, outermost first: functions, `let`, `with` and `rec`.
    """

    binding: Binding
    rest: tuple[str | Node, ...]
    prefix: tuple[str, ...]
    around: tuple[Node, ...]


def sites(root: Node, wanted: str) -> Iterator[Site]:
    """Every binding of a file with a name; those in it are not looked for."""
    queue: list[tuple[Node, tuple[str, ...], tuple[Node, ...]]] = [(root, (), ())]
    while queue:
        node, prefix, around = queue.pop()
        if isinstance(node, syntax.Lambda | syntax.With):
            queue.append((node.body, prefix, (*around, node)))
        elif isinstance(node, syntax.Let | syntax.AttrSet):
            is_scope = isinstance(node, syntax.Let) or node.recursive
            inner = (*around, node) if is_scope else around
            if isinstance(node, syntax.Let):
                queue.append((node.body, prefix, inner))
                prefix = (*prefix, "?")
            for binding in node.bindings:
                names = tuple(name if isinstance(name, str) else "?" for name in binding.names)
                if wanted in names:
                    at = names.index(wanted)
                    yield Site(binding, binding.names[at:], (*prefix, *names[:at]), inner)
                else:
                    queue.append((binding.value, (*prefix, *names), inner))
        else:
            queue.extend((child, prefix, around) for child in _children(node))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, syntax.Apply):
        return node.function, node.argument
    if isinstance(node, syntax.If):
        return node.then, node.otherwise
    if isinstance(node, syntax.Operation):
        return (node.right,) if node.left is None else (node.left, node.right)
    if isinstance(node, syntax.ListNode):
        return node.items
    if isinstance(node, syntax.Select):
        return (node.base,)
    return ()
