"""Standard input as a source: one text, of whatever size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.scanner.contents import ContentScan
from sopskit.scanner.sources.blocks import Buffer
from sopskit.scanner.sources.tree import Scanned

if TYPE_CHECKING:
    from sopskit.findings import Finding
    from sopskit.scanner.detector import Detector

#: What findings name it.
NAME = "-"

_DESCRIPTOR = 0


def scan_standard_input(detector: Detector) -> Scanned:
    """What standard input holds, read to its end."""
    scan = ContentScan(detector, NAME)
    findings: list[Finding] = []
    size = 0
    try:
        for block in Buffer().blocks(_DESCRIPTOR):
            findings += scan.findings(block)
            size = block.size
    except OSError as error:
        return Scanned(NAME, size, tuple(findings), error.strerror or "cannot be read", tuple(scan.ignored))
    return Scanned(NAME, size, tuple(findings), scan.problem, tuple(scan.ignored))
