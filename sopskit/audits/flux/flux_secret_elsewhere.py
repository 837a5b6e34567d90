"""A Secret for decryption that is in another namespace than the Kustomization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Kustomizations whose Secret is in the repository, for other namespaces only."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        keys = subject.flux_keys.of(each)
        if not each.decrypts or keys.secret is None or not keys.elsewhere or subject.live.get(keys.secret):
            continue
        if any(_is_copied(subject, secret.path) for secret in keys.elsewhere):
            continue
        where = ", ".join(sorted({shown(secret.namespace) for secret in keys.elsewhere}))
        name, namespace = shown(keys.secret.name), shown(keys.secret.namespace)
        message = f"Flux looks for the Secret {name} in the namespace {namespace}, and it is in {where}"
        place = at(subject, each, "spec", "decryption", "secretRef", "name")
        yield AUDIT.finding(place, message, each.name, effect="fails")


def _is_copied(subject: Subject, path: str) -> bool:
    """Whether something in the cluster copies it to other namespaces."""
    content = (subject.content(path) or b"").lower()
    return b"reflect" in content or b"replicat" in content or b"kubed" in content


AUDIT = Audit(
    id="flux-secret-elsewhere",
    severity=Severity.ERROR,
    confidence=Confidence.MEDIUM,
    title="the Secret that Flux decrypts with is in another namespace than the Kustomization",
    hint="put the Secret into the Kustomization's namespace: Flux looks nowhere else",
    detect=detect,
)
