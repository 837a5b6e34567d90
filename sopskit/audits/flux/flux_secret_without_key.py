"""A Secret for decryption in which Flux finds no key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux import place_of
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find Secrets, in the repository or the cluster, with no entry that Flux reads."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        keys = subject.flux_keys.of(each)
        secrets = keys.manifests
        if not each.decrypts or keys.secret is None or not secrets or not subject.flux.secret_paths(each):
            continue
        if any(entry.kind for secret in secrets for entry in secret.entries):
            continue
        secret = secrets[0]
        names = ", ".join(shown(entry.name) for entry in secret.entries[:3]) or "nothing"
        message = f"Flux reads no key from the Secret {shown(str(keys.secret))}, which has {names}"
        if secret.path:
            line = secret.entries[0].line if secret.entries else secret.line
            place = place_of(subject.source, secret.path, line)
        else:
            place = at(subject, each, "spec", "decryption", "secretRef", "name")
        yield AUDIT.finding(place, message, str(keys.secret), effect="fails")


AUDIT = Audit(
    id="flux-secret-without-key",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="the Secret that Flux decrypts with has no entry that Flux reads",
    hint="name the entry NAME.agekey (age) or NAME.asc (PGP); others that Flux reads are sops.vault-token,"
    " sops.aws-kms, sops.azure-kv and sops.gcp-kms",
    detect=detect,
)
