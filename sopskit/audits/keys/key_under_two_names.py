"""One key under two anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.keys.spelled_keys import place_of
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import NamedKey


def detect(subject: Subject) -> Iterator[Finding]:
    """Find keys under `keys:` that an earlier anchor names already."""
    for config in subject.configs():
        first: dict[Recipient, NamedKey] = {}
        for key in config.document.keys:
            if key.recipient is None or first.setdefault(key.recipient, key) is key:
                continue
            other = first[key.recipient]
            yield AUDIT.finding(
                place_of(config, key),
                f"{shown(key.name)} is the same key as {shown(other.name)} in line {other.line}",
                key.name,
            )


AUDIT = Audit(
    id="key-under-two-names",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="one key stands under two names",
    hint="was another key meant? if not, keep one name: a host that is removed under one still reads"
    " by the other",
    detect=detect,
)
