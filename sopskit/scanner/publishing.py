"""Findings as they may be shown to anyone."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sopskit.findings import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sopskit.findings import Finding


def publishable(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with fingerprints that say nothing of the secret.

    Inside a run a fingerprint is a hash of rule and secret without a key, from which a weak password could
    be guessed. Outside it is that of rule, file and number in the file.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    for each in findings:
        numbers[each.id, each.path] += 1
        public = fingerprint(each.id, each.path, str(numbers[each.id, each.path]))
        yield each._replace(fingerprint=public)
