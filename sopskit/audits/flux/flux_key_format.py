"""A file that a secretGenerator puts under a key of another format."""

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
    for read, place in reads_that_end_so(subject, Outcome.FORMAT):
        message = f"{shown(read.path)} is put under {shown(read.what.key)}, which stands for another format"
        yield AUDIT.finding(place, message, read.path, effect="fails")


AUDIT = Audit(
    id="flux-key-format",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a secretGenerator puts an encrypted file under a key whose name stands for another format",
    hint="let the key end as the file does: files: [config.yaml=FILE]",
    detect=detect,
)
