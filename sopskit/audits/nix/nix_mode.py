"""A secret of a NixOS host whose mode sops-nix does not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import how_sure, place, secrets
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding

_OCTAL = re.compile(r"[0-7]+")


def detect(subject: Subject) -> Iterator[Finding]:
    """Find modes that are not octal digits of 16 bits; `sops-install-secrets` fails on them."""
    said = set()
    for _, secret in secrets(subject):
        field = secret.field("mode")
        span = field.span or secret.span
        for value in field.values:
            if isinstance(value, str) and not _is_mode(value) and (span, value) not in said:
                said.add((span, value))
                message = f"the mode {shown(value)} of {shown(secret.name)} is no octal number of 16 bits"
                is_sure = field.certain and not secret.maybe
                yield AUDIT.finding(place(subject, span), message, secret.name, **how_sure(is_sure))


def _is_mode(text: str) -> bool:
    return len(text) < 20 and _OCTAL.fullmatch(text) is not None and int(text, 8) < 1 << 16


AUDIT = Audit(
    id="nix-mode",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host gives a secret a mode that sops-nix does not read",
    hint='write it as octal digits: mode = "0440"',
    detect=detect,
)
