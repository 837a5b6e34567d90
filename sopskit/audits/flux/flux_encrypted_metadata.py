"""A manifest whose metadata is encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux.objects import text
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.build import Layer
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them; they fail where a namespace, a label or a prefix is put into the encrypted metadata."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        for taken in subject.flux.taken(each) if each.decrypts else ():
            manifest = taken.manifest
            if not manifest.metadata_line or manifest.is_list:
                continue
            changes = list(_changes(each, taken.layer))
            message = f"the metadata of {shown(manifest.path)} is encrypted"
            if changes:
                message += f", and {changes[0]} of {shown(each.name)} changes it"
            place = in_file(subject, each, manifest.path, manifest.metadata_line)
            effect, severity = ("fails", Severity.ERROR) if changes else ("advice", Severity.INFO)
            yield AUDIT.finding(place, message, manifest.path, effect=effect, severity=severity)


def _changes(each: Kustomization, layer: Layer) -> Iterator[str]:
    """The fields that put something into the metadata of what is taken in, and make it no value of SOPS.

    What `nameSuffix` writes behind an encrypted name is lost when that is decrypted: nothing fails.
    """
    for field in ("targetNamespace", "namePrefix"):
        if text(each.root, "spec", field):
            yield f"spec.{field}"
    for overlay in layer.overlays():
        yield from (field for field in overlay.metadata if field != "nameSuffix")


AUDIT = Audit(
    id="flux-encrypted-metadata",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="the metadata of a manifest is encrypted, which kustomize then cannot change",
    hint="give the rule encrypted_regex: ^(data|stringData)$, then sopskit sync",
    detect=detect,
)
