"""Encrypted files that generators read, in Kustomizations that decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here, in_file
from sopskit.consumers.flux.generators import decrypted_before, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.build import GeneratedRead
    from sopskit.consumers.flux.generators import Outcome
    from sopskit.findings import Place


def reads_that_end_so(subject: Subject, end: Outcome) -> Iterator[tuple[GeneratedRead, Place]]:
    """Each encrypted file that a generator reads and of which this becomes, and where it is named."""
    for each in here(subject):
        if not each.decrypts or each.build is None or each.files is None:
            continue
        reads = list(subject.flux.generated(each))
        before = decrypted_before(each.files, each.build) if reads else set()
        for read in reads:
            if outcome(each.files, read, before) is end:
                yield read, in_file(subject, each, read.layer.overlay.path, read.what.source.line)
