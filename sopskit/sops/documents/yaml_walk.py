"""The leaves of a YAML text of any layout, its comments among them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sopskit.sops.documents import yaml_nodes
from sopskit.sops.documents.yaml_leaves import walk
from sopskit.sops.documents.yaml_metadata import at_end
from sopskit.text import splice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.sops.documents.yaml_comments import Placed
    from sopskit.sops.documents.yaml_leaves import Walked
    from sopskit.sops.documents.yaml_lines import Text
    from sopskit.sops.documents.yaml_nodes import Root


def walked(at: Text, roots: Sequence[Root]) -> Walked:
    """Walk over the documents of a text; see `yaml_leaves.walk`."""
    encrypted = any(_has_metadata(root) for root in roots)
    comments = _comments(at, roots, encrypted=encrypted)
    return walk(at.text, roots, comments, plaintext=not encrypted)


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
