"""A host that `.sopskit.toml` names, and nobody defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.consumers import bindings_of
from sopskit.settings import SETTINGS_NAME
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find hosts below `[consumers]` that no `.sops.yaml` has under `keys:`."""
    bindings = bindings_of(subject.inventory)
    if not bindings:
        return
    text = (subject.content(SETTINGS_NAME) or b"").decode("utf-8", "replace")
    known = {host.name for config in subject.inventory.configs.all() for host in config.document.hosts()}
    for consumer, hosts in bindings.items():
        for host in hosts:
            if host not in known:
                message = f"{shown(consumer)} is bound to {shown(host)}, and no .sops.yaml names such a host"
                yield AUDIT.finding(_place(text, consumer, host), message, consumer, host)


def _place(text: str, consumer: str, host: str) -> Place:
    """The host's name behind that of the consumer."""
    start = text.find(host, max(0, text.find(consumer)) + len(consumer))
    if start < 0:  # written with escapes
        return Place(SETTINGS_NAME)
    return Place.of_span(SETTINGS_NAME, text, start, start + len(host))


AUDIT = Audit(
    id="undefined-host",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title=".sopskit.toml names a host that no .sops.yaml has",
    hint="correct the name, or add the host: sopskit add-host NAME; sopskit hosts lists them",
    detect=detect,
)
