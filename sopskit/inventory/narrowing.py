"""Values that are encrypted now, and that their rule has in clear.

What makes a file what its rule says writes them in clear. A selector may well be meant so; it may as well be
that of other files, which a pattern claims too much for. Nothing but a person can tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import SopskitError
from sopskit.sops import documents
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.formats import Format, format_of
from sopskit.sops.selectors import DEFAULT, selects

if TYPE_CHECKING:
    from collections.abc import Callable

    from sopskit.inventory.plan import FilePlan
    from sopskit.repo.trees import Tree
    from sopskit.sops.documents import Leaf
    from sopskit.sops.metadata import Selector


class Narrowing(NamedTuple):
    """What would be in clear in one file.

    Attributes:
        path: of the file.
        keys: the dotted path of each value, once, in the order of the file.
        comments: number of comments.
    """

    path: str
    keys: tuple[str, ...]
    comments: int = 0

    @property
    def number(self) -> int:
        """Number of values and comments."""
        return len(self.keys) + self.comments


def narrowing_of(tree: Tree, plan: FilePlan) -> Narrowing:
    """What a file has encrypted, and would have in clear if it were made what its rule says.

    Nothing in a file that cannot be read: nothing is written there.
    """
    if not may_narrow(plan):
        return Narrowing(plan.path, ())
    try:
        return narrowing_in(plan, tree.read(plan.path).content, format_of(plan.path))
    except SopskitError:
        return Narrowing(plan.path, ())


def may_narrow(plan: FilePlan) -> bool:
    """Whether another selector is to be in force in an encrypted file."""
    return bool(plan.settings) and plan.file.encryption is not None and plan.target is not None


def narrowing_in(plan: FilePlan, content: bytes, kind: Format) -> Narrowing:
    """As `narrowing_of`, of a content that was read as a format.

    Raises:
        BrokenFileError: it is not of that format.
    """
    if not may_narrow(plan) or plan.target is None or kind is Format.BINARY:
        return Narrowing(plan.path, ())
    leaves = documents.read(content, kind).leaves
    stay = _stay_encrypted(plan.target.selector)
    clear = [leaf for leaf in leaves if _is_encrypted(leaf) and not stay(leaf)]
    keys = (".".join(leaf.path) for leaf in clear if not leaf.is_comment)
    return Narrowing(plan.path, tuple(dict.fromkeys(keys)), sum(leaf.is_comment for leaf in clear))


def _stay_encrypted(selector: Selector | None) -> Callable[[Leaf], bool]:
    """Which leaves a selector surely has encrypted.

    One that goes by comments cannot be held against those that are encrypted.
    """
    selected = selects(selector)
    if (selector or DEFAULT).name != "unencrypted_comment_regex":
        return selected
    return lambda leaf: selected(leaf) and not any(map(is_encrypted, leaf.comments))


def _is_encrypted(leaf: Leaf) -> bool:
    return isinstance(leaf.value, str) and is_encrypted(leaf.value)
