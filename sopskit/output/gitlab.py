"""Findings as a report of secret detection that GitLab reads.

Source: GitLab's security report schemas, 15.0.7, "Report format for GitLab Secret Detection".
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from sopskit.findings import Severity
from sopskit.text.shown import mask_private, shown
from sopskit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sopskit.findings import Finding
    from sopskit.output.findings import Skipped

_VERSION = "15.0.7"
_SEVERITIES = {Severity.ERROR: "Critical", Severity.WARNING: "Medium", Severity.INFO: "Info"}

#: What GitLab's own analyzer writes where there is no commit.
_NO_COMMIT = "0000000"

#: Ids of vulnerabilities are UUIDs, made from what names a finding.
_NAMESPACE = uuid.UUID("5a0b5a4e-3a3f-5c1b-9d0e-6f0c3b6b7a11")

_LONGEST_NAME, _LONGEST_SOLUTION = 255, 7000


def report(findings: Sequence[Finding], skipped: Sequence[Skipped], start: datetime, end: datetime) -> str:
    """The report.

    Args:
        findings: in order.
        skipped: what was not looked at.
        start: when the scan began, in UTC.
        end: when it had ended.
    """
    tool = {"id": "sopskit", "name": "sopskit", "version": __version__, "vendor": {"name": "sopskit"}}
    document = {
        "version": _VERSION,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": f"{start:%Y-%m-%dT%H:%M:%S}",
            "end_time": f"{end:%Y-%m-%dT%H:%M:%S}",
            "status": "failure" if any(each.path for each in skipped) else "success",
            "messages": [
                {"level": "warn", "value": shown(f"{each.path or each.id}: {each.reason}")}
                for each in skipped
            ],
        },
        "vulnerabilities": [_vulnerability(each) for each in findings],
    }
    return mask_private(json.dumps(document, indent=2))


def _vulnerability(finding: Finding) -> dict[str, Any]:
    place = finding.place
    location: dict[str, Any] = {"file": shown(place.path), "commit": {"sha": finding.commit or _NO_COMMIT}}
    if place.line:
        location |= {"start_line": place.line, "end_line": place.end_line}
    why = f"; {finding.why}" if finding.why else ""
    name = finding.message.partition(":")[0]  # behind it stands what is this finding's own
    return {
        "id": str(uuid.uuid5(_NAMESPACE, f"{finding.fingerprint} {finding.commit or ''}")),
        "name": shown(name)[:_LONGEST_NAME],
        "description": shown(f"{finding.message}{why} (confidence: {finding.confidence})"),
        "severity": _SEVERITIES[finding.severity],
        "solution": shown(finding.hint)[:_LONGEST_SOLUTION],
        "identifiers": [
            {"type": "sopskit_rule_id", "name": f"sopskit rule {finding.id}", "value": finding.id}
        ],
        "location": location,
    }
