"""A line among the age identities for Flux that is none, such as an SSH key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import at, here, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux import place_of
from sopskit.errors import SopskitError
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them in Secrets that are in clear, in the repository or in the cluster."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        keys = subject.flux_keys.of(each)
        if not each.decrypts or keys.secret is None:
            continue
        for secret in keys.manifests:
            for entry in secret.entries:
                if entry.kind != "age" or entry.value is None or not _is_bad(entry.value):
                    continue
                what = (
                    "an SSH key" if "OPENSSH PRIVATE KEY" in entry.value else "a line that is no age identity"
                )
                message = f"{shown(entry.name)} in the Secret {shown(str(keys.secret))} has {what}"
                if secret.path:
                    place = place_of(subject.source, secret.path, entry.line)
                else:
                    place = at(subject, each, "spec", "decryption", "secretRef", "name")
                yield AUDIT.finding(place, message, str(keys.secret), entry.name, effect="fails")


def _is_bad(value: str) -> bool:
    """Whether a line is no identity (filippo.io/age, `ParseIdentities`)."""
    from sopskit.keys.age import parse_identity

    for line in value.splitlines():
        if line.strip() and not line.startswith("#"):
            try:
                parse_identity(line.strip())
            except SopskitError:
                return not line.startswith("AGE-PLUGIN-")
    return False


AUDIT = Audit(
    id="flux-bad-identity",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="an .agekey for Flux has a line that is no age identity, such as an SSH key",
    hint="give the cluster an age identity of its own; Flux takes no SSH keys",
    detect=detect,
)
