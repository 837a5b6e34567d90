"""A Flux Kustomization whose key is none of those that a file is encrypted for."""

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
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them where the public half of the key is known; where it is not, nobody can tell."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        keys = subject.flux_keys.of(each)
        if not each.decrypts or keys.secret is None or keys.kinds == frozenset():
            continue
        closed = subject.flux_keys.closed(each, keys)
        if closed:
            who = f" (of {', '.join(map(shown, keys.hosts))})" if keys.hosts else ""
            message = f"the keys in {shown(str(keys.secret))}{who} do not open {some(closed)}"
            place = at(subject, each, "spec", "decryption", "secretRef", "name")
            yield AUDIT.finding(place, message, each.name, effect="fails")


AUDIT = Audit(
    id="flux-key-cannot-open",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="the key that a Flux Kustomization decrypts with does not open a file that it takes in",
    hint="add the cluster's key to the file's rule, then sopskit sync; with several key groups, to"
    " as many as are needed; the controller's own does not count beside a secretRef",
    detect=detect,
)
