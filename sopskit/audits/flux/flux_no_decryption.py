"""A Flux Kustomization that takes in encrypted files, and does not decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.kustomizations import Kustomization
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Kustomizations without `spec.decryption`, once parents and overlays have patched them."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        effects = {} if each.decrypts else _effects(subject, each)
        if not effects:
            continue
        effect = "fails" if "fails" in effects.values() else "ciphertext"
        paths = sorted(path for path, found in effects.items() if found == effect)
        what = "Flux refuses" if effect == "fails" else "Flux applies as they are, encrypted,"
        message = f"{shown(each.name)} has no decryption: {what} {some(paths)}"
        yield AUDIT.finding(at(subject, each, "spec"), message, each.name, effect=effect)


def _effects(subject: Subject, each: Kustomization) -> dict[str, str]:
    """The encrypted files, and what becomes of each."""
    found = {read.path: "ciphertext" for read in subject.flux.generated(each)}
    assert each.files is not None or not found  # noqa: S101 - they come from there
    if each.files is not None:
        for read in subject.flux.patches(each):
            for manifest in subject.flux.manifests(each.files, read.path):
                found[read.path] = manifest.effect_without_decryption
    for taken in subject.flux.taken(each):
        path, effect = taken.manifest.path, taken.manifest.effect_without_decryption
        found[path] = "fails" if found.get(path) == "fails" else effect
    return found


AUDIT = Audit(
    id="flux-no-decryption",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a Flux Kustomization takes in encrypted files, and nothing gives it decryption",
    hint="give it spec.decryption {provider: sops, secretRef: {name: ...}} or let its parent patch it in;"
    " for an object that is to stay encrypted, the annotation kustomize.toolkit.fluxcd.io/decrypt: Disabled",
    detect=detect,
)
