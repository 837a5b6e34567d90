"""Markers and settings that ignore what is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding


def detect(_subject: Subject) -> tuple[Finding, ...]:
    """Nothing: only the workflow that holds findings and ignores together can tell."""
    return ()


AUDIT = Audit(
    id="unused-ignore",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    title="an ignore that ignores nothing",
    hint="remove it",
    detect=detect,
)
