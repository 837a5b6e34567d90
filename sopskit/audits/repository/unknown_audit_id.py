"""Ids in markers and settings that no audit has."""

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
    id="unknown-audit-id",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="an ignore or a setting names an audit that there is not",
    hint="sopskit check --list names them all",
    detect=detect,
)
