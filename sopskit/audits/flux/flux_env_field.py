"""An encrypted file in the field `env`, which Flux does not know."""

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
    for read, place in reads_that_end_so(subject, Outcome.ENV):
        message = f"env: {shown(read.path)} is not decrypted: Flux looks at envs only"
        yield AUDIT.finding(place, message, read.path, effect="ciphertext")


AUDIT = Audit(
    id="flux-env-field",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="an encrypted file stands in the field env of a generator, which Flux does not decrypt",
    hint="write envs: [FILE]",
    detect=detect,
)
