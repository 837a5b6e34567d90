"""Whether making a file what its rule says would write values in clear that are encrypted now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import SopskitError
from sopskit.sops import documents
from sopskit.sops.cipher import is_encrypted
from sopskit.sops.formats import Format, format_of
from sopskit.sops.selectors import selects

if TYPE_CHECKING:
    from sopskit.audits.subject import Subject
    from sopskit.inventory.plan import FilePlan


def values_to_clear(subject: Subject, plan: FilePlan) -> int:
    """How many encrypted values and comments of a file the selector of its rule leaves in clear.

    A selector may well be meant so; nothing but a person can tell.
    """
    content, kind = subject.content(plan.path), format_of(plan.path)
    if not plan.settings or plan.target is None or content is None or kind is Format.BINARY:
        return 0
    try:
        leaves = documents.read(content, kind).leaves
    except SopskitError:
        return 0
    selected = selects(plan.target.selector)
    encrypted = [leaf for leaf in leaves if isinstance(leaf.value, str) and is_encrypted(leaf.value)]
    return sum(not selected(leaf) for leaf in encrypted)
