"""A secret of a NixOS host whose key its file does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import each_taken, place
from sopskit.audits.nix.values import at, values_of
from sopskit.findings import Confidence, Severity
from sopskit.sops.formats import format_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys that are told for sure, and that the file does not have: the build fails."""
    for secret, path, kind, key in each_taken(subject):
        if not key or (kind == "json" and "/" in key):  # that is nix-nested-key
            continue
        tree = values_of(subject).tree(path, kind)
        if tree is not None and at(tree, key.split("/")) is None:
            message = f"{shown(path)} has no key {shown(key)}, which the secret {shown(secret.name)} takes"
            own = format_of(path)
            hint = None if own == kind else f"is it read in the right format? {own} is that of its suffix"
            yield AUDIT.finding(place(subject, secret.span), message, secret.name, path, key, hint=hint)


AUDIT = Audit(
    id="nix-key-missing",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host takes a key that the secret file does not have",
    hint="correct the key, or add it with sopskit edit",
    detect=detect,
)
