"""An encrypted file that a configMapGenerator reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.generated import reads_that_end_so
from sopskit.audits.flux.places import once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux.generators import Outcome
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them among the files that generators read."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for read, place in reads_that_end_so(subject, Outcome.CONFIG_MAP):
        message = f"{shown(read.path)} goes into a ConfigMap as it is, encrypted"
        yield AUDIT.finding(place, message, read.path, effect="ciphertext")


AUDIT = Audit(
    id="flux-config-map",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a configMapGenerator reads an encrypted file; Flux decrypts those of a secretGenerator only",
    hint="use a secretGenerator",
    detect=detect,
)
