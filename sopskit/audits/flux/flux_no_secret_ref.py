"""A Flux Kustomization that decrypts, and is given no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity
from sopskit.inventory.flux_keys import Keys
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them where the controller is in the repository, and is given no key either."""
    controller = subject.flux.controller
    if controller.is_declared and not controller.age_secret and not controller.has_environment:
        yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    nothing = Keys(None, recipients=frozenset())
    for each in here(subject):
        if not each.decrypts or each.secret:
            continue
        closed = subject.flux_keys.closed(each, nothing)
        if closed:
            message = f"{shown(each.name)} decrypts without a secretRef, and no key opens {some(closed)}"
            yield AUDIT.finding(at(subject, each, "spec", "decryption"), message, each.name, effect="fails")


AUDIT = Audit(
    id="flux-no-secret-ref",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="a Flux Kustomization decrypts, and neither it nor the controller is given a key",
    hint="name the Secret in spec.decryption.secretRef, or give the controller --sops-age-secret",
    detect=detect,
)
