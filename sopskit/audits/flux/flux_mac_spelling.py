"""A file for a generator in which Flux does not find the MAC."""

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
    for read, place in reads_that_end_so(subject, Outcome.MAC):
        message = (
            f"Flux does not see that {shown(read.path)} is encrypted: its mac is not written as sops does"
        )
        yield AUDIT.finding(place, message, read.path, effect="ciphertext")


AUDIT = Audit(
    id="flux-mac-spelling",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="the mac of an encrypted file for a generator is quoted or folded, which Flux overlooks",
    hint="write mac: ENC[...] on one line, without quotes; sopskit rotate writes the file anew",
    detect=detect,
)
