"""A secret file that cannot be read in the format in which a NixOS host reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.nix.declared import each_taken, place
from sopskit.audits.nix.values import values_of
from sopskit.findings import Confidence, Severity
from sopskit.sops.formats import format_of
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find files in another format than is said: without a word of it, that is yaml, whatever the suffix."""
    for secret, path, kind, _ in each_taken(subject):
        document = values_of(subject).document(path, kind)
        if kind == format_of(path) or not isinstance(document, str):  # broken as what it is: another finding
            continue
        span = secret.field("format").span or secret.span
        message = f"{shown(path)} cannot be read as {kind}, which the secret {shown(secret.name)} does"
        hint = f'write format = "{format_of(path)}"'
        yield AUDIT.finding(place(subject, span), message, secret.name, path, hint=hint)


AUDIT = Audit(
    id="nix-format",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a NixOS host reads a secret file in a format that it is not in",
    hint="write the file's format",
    detect=detect,
)
