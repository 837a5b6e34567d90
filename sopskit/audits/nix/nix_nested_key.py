"""A nested key that a NixOS host takes out of a JSON file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import each_taken, place
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys with a `/` under `format = "json"`: there sops-nix takes top-level keys only, and fails."""
    for secret, path, kind, key in each_taken(subject):
        if kind == "json" and "/" in key and path in subject.source.encrypted:
            message = f"{shown(secret.name)} takes the nested key {shown(key)} in the format json"
            yield AUDIT.finding(place(subject, secret.span), message, secret.name, path, key)


AUDIT = Audit(
    id="nix-nested-key",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host takes a nested key of a JSON file",
    hint="move the value to the top level, or make the file YAML",
    detect=detect,
)
