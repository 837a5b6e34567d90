"""A value that a NixOS host takes, and that is no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import each_taken, place
from sopskit.audits.nix.values import at, type_of, values_of
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find numbers, truth values, maps and lists; sops-nix fails on them, some only when it is activated."""
    for secret, path, kind, key in each_taken(subject):
        if not key or (kind == "json" and "/" in key):
            continue
        tree = values_of(subject).tree(path, kind)
        found = at(tree, key.split("/")) if tree is not None else None
        type_ = type_of(found.node) if found is not None else "text"
        if type_ != "text":
            message = f"{shown(key)} in {shown(path)} is no text but of the type {type_}"
            yield AUDIT.finding(place(subject, secret.span), message, secret.name, path, key)


AUDIT = Audit(
    id="nix-value-not-text",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host takes a value that is no text",
    hint="quote it with sopskit edit, or take a key below it",
    detect=detect,
)
