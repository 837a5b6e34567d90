"""Plaintext that holds no secret: a pattern that is as wide as a folder claims such files as well."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.rules.catch_all_first import is_catch_all
from sopskit.errors import SopskitError
from sopskit.sops import documents
from sopskit.sops.documents import Leaf
from sopskit.sops.formats import Format, format_of
from sopskit.sops.metadata import Selector
from sopskit.sops.selectors import selects

if TYPE_CHECKING:
    from sopskit.sops_yaml.model import Rule

_API = re.compile(rb"^apiVersion:[ \t]*[\"']?[a-z]", re.MULTILINE)
_KIND = re.compile(rb"^kind:[ \t]*[\"']?([A-Za-z]+)", re.MULTILINE)
_NAMED_SECRET = re.compile(r"[._-](?:sops|enc|encrypted)\.[^/]+$")

_PUBLIC_KEY = re.compile(rb"\s*(?:age1[0-9a-z]+|ssh-[a-z0-9-]+ [A-Za-z0-9+/=]+(?: [^\n]*)?)\s*")


def is_meant(path: str, rule: Rule) -> bool:
    """Whether a rule means a path: its pattern does not match just any, or the name says it is encrypted."""
    return _NAMED_SECRET.search(path) is not None or not is_catch_all(rule)


def holds_no_secret(path: str, content: bytes, rule: Rule) -> bool:
    """Whether a plaintext is none that its rule means.

    It is manifests of which none is a Secret, has no key that the rule's selector would encrypt, is a public
    key, or is claimed by a pattern that claims everything, the README as well.

    Args:
        path: of the file; one that is called encrypted is meant.
        content: its bytes.
        rule: that claims it.
    """
    if _NAMED_SECRET.search(path):
        return False
    if _PUBLIC_KEY.fullmatch(content):
        return True
    kinds = set(_KIND.findall(content)) if _API.search(content) else set()
    if b"Secret" in kinds:
        return False
    if is_catch_all(rule):
        return True
    if format_of(path) is not Format.YAML:
        return False
    if rule.selector is None or not rule.selector[0].startswith("encrypted"):
        return bool(kinds)
    return not _selects_something(content, Selector(*rule.selector), of_manifests=bool(kinds))


def _selects_something(content: bytes, selector: Selector, *, of_manifests: bool) -> bool:
    """Whether a selector finds keys; one for the data of Secrets is not meant for other manifests."""
    selected = selects(selector)
    if of_manifests and any(selected(Leaf((section,), "")) for section in ("data", "stringData")):
        return False
    try:
        return any(map(selected, documents.read(content, Format.YAML).leaves))
    except SopskitError:
        return True
