"""Encrypted files that generators read, in Kustomizations that decrypt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.flux.places import here
from sopskit.consumers.flux.generators import decrypted_before, outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.consumers.flux.build import GeneratedRead
    from sopskit.consumers.flux.generators import Outcome
    from sopskit.consumers.flux.kustomizations import Kustomization


def encrypted_reads(subject: Subject) -> Iterator[tuple[Kustomization, GeneratedRead, Outcome]]:
    """Each encrypted file that a generator reads, and what becomes of it."""
    for each in here(subject):
        if not each.decrypts or each.build is None or each.files is None:
            continue
        reads = list(subject.flux.generated(each))
        before = decrypted_before(each.files, each.build) if reads else set()
        for read in reads:
            yield each, read, outcome(each.files, read, before)
