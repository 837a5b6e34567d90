"""An encrypted `kind: List`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find lists among the encrypted manifests of Kustomizations that decrypt."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        for taken in subject.flux.taken(each) if each.decrypts else ():
            if taken.manifest.is_list:
                path = taken.manifest.path
                effect = taken.manifest.effect_without_decryption
                message = f"{shown(path)} is a List: kustomize takes it apart, and its items stay encrypted"
                place = in_file(subject, each, path, taken.manifest.line)
                yield AUDIT.finding(place, message, path, effect=effect)


AUDIT = Audit(
    id="flux-encrypted-list",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="an encrypted manifest is a List, whose items Flux does not decrypt",
    hint="write each item as a document of its own, or a file, and encrypt that",
    detect=detect,
)
