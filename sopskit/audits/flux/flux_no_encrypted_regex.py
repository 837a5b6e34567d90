"""A rule for manifests that says nothing of which values to encrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here
from sopskit.audits.interface import Audit
from sopskit.audits.rules import places
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find rules without a selector whose manifests have clear metadata as yet."""
    applied = _manifests(subject)
    for config in subject.configs():
        for rule in config.document.rules:
            if rule.selector is not None or rule.error is not None or not applied:
                continue
            paths = [path for path in subject.claims.by_rule(config, rule) if path in applied]
            if paths:
                message = (
                    f"rule {rule.number} names no keys to encrypt: it encrypts the metadata of {some(paths)}"
                )
                place = places.of_rule(config, rule)
                yield AUDIT.finding(place, message, rule.path_regex, effect="advice")


def _manifests(subject: Subject) -> set[str]:
    """Encrypted manifests that Flux applies, and whose metadata is in clear."""
    found: set[str] = set()
    for each in here(subject):
        if each.files is not None and not each.files.name:
            for taken in subject.flux.taken(each):
                if not taken.manifest.metadata_line and taken.manifest.kind:
                    found.add(taken.manifest.path)
    return found


AUDIT = Audit(
    id="flux-no-encrypted-regex",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    title="a rule for manifests has no encrypted_regex, so that metadata is encrypted too",
    hint="give the rule encrypted_regex: ^(data|stringData)$",
    detect=detect,
)
