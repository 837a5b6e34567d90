"""A file of a generator, or a patch, above 5 MiB."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file, once
from sopskit.audits.interface import Audit
from sopskit.consumers.flux.overlays import Generated
from sopskit.consumers.flux.sizes import LARGEST_FILE, size
from sopskit.findings import Confidence, Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.build import GeneratedRead, PatchRead
    from sopskit.findings import Finding


def detect(subject: Subject) -> Iterator[Finding]:
    """Find them in Kustomizations that decrypt; plaintext ones count too."""
    yield from once(_found(subject))


def _found(subject: Subject) -> Iterator[Finding]:
    for each in here(subject):
        if not each.decrypts or each.build is None or each.files is None:
            continue
        reads: tuple[GeneratedRead | PatchRead, ...] = (*each.build.generated, *each.build.patches)
        for read in reads:
            what = read.what
            if isinstance(what, Generated) and (what.kind != "Secret" or what.field == "env"):
                continue
            large = each.files.text(read.path) is None and size(each.files, read.path) > LARGEST_FILE
            if large and read.layer.decrypts and what.source is not None:
                message = f"{shown(read.path)} is larger than 5 MiB, which Flux refuses to read"
                place = in_file(subject, each, read.layer.overlay.path, what.source.line)
                yield AUDIT.finding(place, message, read.path, effect="fails")


AUDIT = Audit(
    id="flux-file-too-large",
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    title="a secretGenerator or a patch reads a file above 5 MiB, where Flux decrypts",
    hint="a Secret holds 1 MiB at most; put the file elsewhere",
    detect=detect,
)
