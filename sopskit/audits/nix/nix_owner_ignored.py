"""An owner of a secret that is there before any user is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import place, secrets
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find an owner or group beside `neededForUsers`, which sops-nix ignores: root it is."""
    said = set()
    for _, secret in secrets(subject):
        if secret.field("neededForUsers").values != (True,):
            continue
        for name in ("owner", "group"):
            field = secret.field(name)
            others = [value for value in field.values if value != "root"]
            if others and field.span is not None and field.span not in said:
                said.add(field.span)
                message = f"{shown(secret.name)} is needed for users, and its {name} is ignored"
                yield AUDIT.finding(place(subject, field.span), message, secret.name, name)


AUDIT = Audit(
    id="nix-owner-ignored",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="a NixOS host gives a secret an owner that is needed before there are users",
    hint="take the owner out, or neededForUsers",
    detect=detect,
)
