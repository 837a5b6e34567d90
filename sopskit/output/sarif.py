"""Findings as SARIF 2.1.0, which GitHub code scanning and editors read.

Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0; section numbers are its own.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from sopskit.findings import Confidence, Severity
from sopskit.text.shown import mask_private, shown
from sopskit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sopskit.findings import Finding, IgnoredFinding, Place
    from sopskit.output.findings import Skipped

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PRECISIONS = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}


class Rule(NamedTuple):
    """What a finding's id stands for.

    Attributes:
        id: of the audit or the rule.
        title: one line.
        hint: what to do.
        severity: of its findings, unless one says otherwise.
        confidence: as `severity`.
        page: where it is documented; "" for nowhere.
        why: what makes a finding one; "" where the title says so.
    """

    id: str
    title: str
    hint: str
    severity: Severity
    confidence: Confidence
    page: str
    why: str = ""


def log(
    findings: Sequence[Finding],
    rules: Sequence[Rule],
    *,
    suppressed: Iterable[IgnoredFinding] = (),
    skipped: Sequence[Skipped] = (),
) -> str:
    """A log of one run.

    Args:
        findings: in order.
        rules: every rule that ran.
        suppressed: findings that are ignored.
        skipped: what was not looked at.
    """
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    results = [_result(each, numbers) for each in findings]
    for each in suppressed:
        kind = {"kind": "inSource" if each.inline else "external"}  # 3.35.2
        reason = {"justification": each.reason} if each.reason else {}
        results.append(_result(each.finding, numbers) | {"suppressions": [kind | reason]})
    driver = {
        "name": "sopskit",
        "semanticVersion": __version__,
        "rules": [_rule(each) for each in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(skipped)],
        "results": results,
    }
    return mask_private(json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2))


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "shortDescription": {"text": _sentence(rule.title)},
        "help": _help(rule),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"precision": _PRECISIONS[rule.confidence], "tags": ["security", "sops"]},
    }


def _help(rule: Rule) -> dict[str, str]:
    """3.49.13: what it is, how sure and why, and what to do; for viewers with Markdown and without."""
    why = f" {_sentence(rule.why)}" if rule.why else ""
    facts = f"Severity {rule.severity}, confidence {rule.confidence}.{why}"
    page = f" See {rule.page}" if rule.page else ""
    title, hint = _sentence(rule.title), _sentence(rule.hint)
    marked = f"**{_escaped(title)}**\n\n{_escaped(facts)}\n\n**What to do:** {_escaped(hint)}{page}"
    return {"text": f"{title} {facts} {hint}{page}", "markdown": marked}


def _escaped(text: str) -> str:
    """A text that is no Markdown: an own rule's may be anybody's."""
    return re.sub(r"([\\`*_{}\[\]<>#|!&])", r"\\\1", shown(text))


def _result(finding: Finding, numbers: dict[str, int]) -> dict[str, Any]:
    index = {"ruleIndex": numbers[finding.id]} if finding.id in numbers else {}
    told = {"commit": finding.commit, "effect": finding.effect}
    properties = {name: value for name, value in told.items() if value}
    return {
        "ruleId": finding.id,
        **index,
        "level": _LEVELS[finding.severity],
        "message": {"text": "; ".join(filter(None, (finding.message, finding.why, finding.hint)))},
        "locations": [{"physicalLocation": _location(finding.place)}],
        "partialFingerprints": {"sopskit/v1": finding.fingerprint},
        **({"properties": properties} if properties else {}),
    }


def _location(place: Place) -> dict[str, Any]:
    """A file and a region in it; the file as a whole is its first line, since GitHub wants one."""
    from urllib.parse import quote

    region = {"startLine": 1}
    if place.line:
        region = {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        }
    # 3.4.3: a URI, so that bytes which are no UTF-8 can stand in it.
    return {
        "artifactLocation": {"uri": quote(os.fsencode(place.path)), "uriBaseId": "%SRCROOT%"},
        "region": region,
    }


def _invocation(skipped: Sequence[Skipped]) -> dict[str, Any]:
    """3.20: that it went well, and what was left out."""
    notes = [
        {
            "level": "error" if each.path else "note",
            "message": {"text": f"{each.path or each.id}: {each.reason}"},
        }
        for each in skipped
    ]
    successful = not any(each.path for each in skipped)
    return {"executionSuccessful": successful, "toolExecutionNotifications": notes}


def _sentence(text: str) -> str:
    """A message of ours as SARIF wants it (3.11.3): it begins with a capital and ends with a full stop."""
    return f"{text[:1].upper()}{text[1:]}."
