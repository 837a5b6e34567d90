"""A private key in a `.sops.yaml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.findings import Confidence, Place, Severity
from sopskit.inventory.configs import CONFIG_NAME
from sopskit.keys import private_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find private keys, in comments too, and in a file that cannot be read as YAML."""
    for path in _paths(subject):
        content = subject.content(path) or b""
        text = content.decode("utf-8", "replace")
        for found in private_keys.in_text(text):
            place = Place.of_span(path, text, found.start, found.end)
            yield AUDIT.finding(place, f"{found.what} stands in the rules", f"{found.what} {place.line}")


def _paths(subject: Subject) -> Iterator[str]:
    configs = subject.inventory.configs
    paths = [
        configs.primary.path,
        *(f"{folder}/{CONFIG_NAME}".removeprefix("/") for folder in configs.by_folder),
    ]
    for path in dict.fromkeys(paths):
        if subject.only is None or path in subject.only:
            yield path


AUDIT = Audit(
    id="private-key-in-rules",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a private key stands in a .sops.yaml",
    hint="whoever has the repository has the key: take it out, make a new one, sopskit replace-key,"
    " and change what it could read",
    detect=detect,
    scope=Scope.FILE,
)
