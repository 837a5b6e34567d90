"""What `sopskit scan` prints: its report in each format, and nothing in it that says more of a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.cli.terminal import Terminal
    from sopskit.findings import Finding, IgnoredFinding
    from sopskit.output.findings import Skipped
    from sopskit.scanner.rule import Rule
    from sopskit.workflows.scan_report import Report


def show(terminal: Terminal, report: Report, output_format: str) -> None:
    """Print a report.

    Args:
        terminal: where to.
        report: of a scan.
        output_format: one of `sopskit.cli.scan.FORMATS`.
    """
    from sopskit.output.findings import Skipped

    report = _published(report)
    skipped = [Skipped(None, each.path, each.reason) for each in report.unread]
    if output_format in _DOCUMENTS:
        terminal.result(_DOCUMENTS[output_format](report, skipped))
    else:
        _show_lines(terminal, report, output_format)


def _published(report: Report) -> Report:
    from sopskit.scanner.publishing import publishable

    public = publishable(each.finding for each in report.ignored)
    return report._replace(
        findings=tuple(publishable(report.findings)),
        ignored=tuple(each._replace(finding=next(public)) for each in report.ignored),
    )


def _show_lines(terminal: Terminal, report: Report, output_format: str) -> None:
    from sopskit.output import findings, github

    if output_format == "github":
        terminal.result(github.commands(report.findings))
    else:
        lines = findings.lines(report.findings, verbose=terminal.verbose, highlight=terminal.highlighted)
        terminal.result(lines)
    for unread in report.unread:
        terminal.warn(f"{unread.path} was not read: {unread.reason}")
    if report.ignored and terminal.verbose:
        terminal.say(findings.ignored_lines(report.ignored))
    for note in report.notes:
        terminal.say(f"note: {note}")
    summary = f"{findings.summary(report.findings, report.files, len(report.ignored))}; {_amount(report)}"
    (terminal.result if output_format == "text" else terminal.say)(summary)


def _amount(report: Report) -> str:
    from sopskit.output import amounts

    read = amounts.read(report.size)
    return f"{read}, {report.remembered} contents were clean before" if report.remembered else read


def _json(report: Report, skipped: list[Skipped]) -> str:
    from sopskit.output import findings, json

    document = findings.document(
        report.findings, files=report.files, size=report.size, ignored=report.ignored, skipped=skipped
    )
    document["summary"]["remembered"] = report.remembered
    if report.known is not None:
        document["summary"]["known"] = {
            "files": report.known.files,
            "values": report.known.values,
            "left_out": report.known.left_out,
        }
    return json.document("scan", **document, notes=list(report.notes))


def _gitlab(report: Report, skipped: list[Skipped]) -> str:
    import time
    from datetime import UTC, datetime, timedelta

    from sopskit.output import gitlab

    end = datetime.now(UTC)
    return gitlab.report(report.findings, skipped, end - timedelta(seconds=time.process_time()), end)


def _sarif(report: Report, skipped: list[Skipped]) -> str:
    from sopskit.output import sarif

    found = {each.id for each in (*report.findings, *(each.finding for each in report.ignored))}
    rules = [
        sarif.Rule(
            each.id,
            each.description[:1].lower() + each.description[1:],
            each.hint,
            each.severity,
            each.confidence,
            next(iter(each.references), ""),
            each.why,
        )
        for each in _rules(report)
        if each.id in found
    ]
    return sarif.log(report.findings, rules, suppressed=report.ignored, skipped=skipped)


def _rules(report: Report) -> Iterator[Rule]:
    """All that a finding can be of."""
    from sopskit.scanner.known_secrets import KNOWN
    from sopskit.scanner.loading import built_in_rules
    from sopskit.scanner.structural import KINDS

    yield from built_in_rules()
    yield from (kind.rule for kind in KINDS)
    yield KNOWN
    yield from report.own


def _html(report: Report, _skipped: list[Skipped]) -> str:
    from sopskit.output.findings import summary
    from sopskit.output.report.page import SCAN, page
    from sopskit.text.shown import shown
    from sopskit.version import __version__

    when = f"{summary(report.findings, report.files, len(report.ignored))}; {_amount(report)}"
    data = {
        "title": "What a scan has found",
        "when": when,
        "made": f"Made by sopskit {__version__}. Of each secret it holds a few characters at most.",
        "files": report.files,
        "findings": {
            "rows": [_row(each) for each in report.findings],
            "notes": [shown(each) for each in report.notes],
        },
        "accepted": {"rows": [_accepted(each) for each in report.ignored]},
        "unread": {
            "rows": [{"path": shown(each.path), "reason": shown(each.reason)} for each in report.unread]
        },
    }
    return page("sopskit scan", data, SCAN)


def _row(finding: Finding) -> dict[str, Any]:
    from sopskit.text.shown import shown

    place = finding.place
    return {
        "id": finding.id,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "path": shown(place.path),
        "line": place.line,
        "column": place.column,
        "message": shown(finding.message),
        "why": shown(finding.why),
        "hint": shown(finding.hint),
        "commit": finding.commit,
        "at_head": finding.at_head,
    }


def _accepted(ignored: IgnoredFinding) -> dict[str, Any]:
    from sopskit.output.findings import accepted_by

    return {**_row(ignored.finding), "by": accepted_by(ignored)}


#: Formats that are one document, in which everything stands.
_DOCUMENTS = {"json": _json, "sarif": _sarif, "gitlab": _gitlab, "html": _html}
