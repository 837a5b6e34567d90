"""Findings as annotations of GitHub Actions: workflow commands on stdout.

Source: GitHub Docs, "Workflow commands for GitHub Actions"; what is escaped: actions/toolkit,
packages/core/src/command.ts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.findings import Severity
from sopskit.text.shown import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sopskit.findings import Finding

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def commands(findings: Sequence[Finding]) -> str:
    """One line for each finding."""
    return "\n".join(map(_annotation, findings))


def _annotation(finding: Finding) -> str:
    place = finding.place
    properties: dict[str, object] = {"file": place.path}
    if place.line:
        properties |= {"line": place.line, "endLine": place.end_line}
        if place.line == place.end_line:  # columns of several lines are refused
            properties |= {"col": place.column, "endColumn": place.end_column}
    properties["title"] = finding.id
    named = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    commit = f"commit {finding.commit[:12]}: " if finding.commit else ""
    effect = f" ({finding.effect})" if finding.effect else ""
    parts = (f"{finding.message}{effect}", _why(finding), finding.hint)
    message = "; ".join(filter(None, parts))
    return f"::{_COMMANDS[finding.severity]} {named}::{_data(commit + message)}"


def _why(finding: Finding) -> str:
    return f"{finding.why} ({finding.confidence} confidence)" if finding.why else ""


def _data(text: str) -> str:
    """A message; what could end the line becomes `%0A`, and so does the sign that begins such a thing."""
    return shown(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
