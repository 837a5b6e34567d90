"""`sopskit scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode
    from sopskit.findings import Finding
    from sopskit.workflows.scan import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders, or - for standard input (default: the repository)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="output format")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Scan, and show what was found."""
    from pathlib import Path

    from sopskit.workflows import scan

    if arguments.paths == ["-"]:
        report = scan.scan_stdin()
    else:
        start = Path.cwd()
        repository = scan.repository_of(start, arguments.paths)
        report = scan.scan_tree(repository, start, arguments.paths, arguments.jobs)
    for unread in report.unread:
        terminal.warn(f"{unread.path} was not read: {unread.reason}")
    _show(arguments, terminal, report)
    return report.exit_code


def _show(arguments: argparse.Namespace, terminal: Terminal, report: Report) -> None:
    from sopskit.output import json
    from sopskit.output.text import count

    if arguments.format == "json":
        terminal.result(json.document("scan", **_document(report)))
        return
    terminal.result("\n".join(map(_line, report.findings)))
    amount = f"{count(report.files, 'file')}, {report.size / 1e6:.1f} MB"
    terminal.result(f"{count(len(report.findings), 'finding')} in {amount}")


def _line(finding: Finding) -> str:
    from sopskit.text.shown import shown

    place = f"{shown(finding.path)}:{finding.place.line}:{finding.place.column}"
    return f"{place}: {finding.severity}: {shown(finding.message)} [{finding.id}]"


def _document(report: Report) -> dict[str, Any]:
    return {
        "summary": {"files": report.files, "bytes": report.size, "findings": len(report.findings)},
        "findings": [
            {
                "id": each.id,
                **each.place._asdict(),
                "severity": str(each.severity),
                "confidence": str(each.confidence),
                "message": each.message,
                "hint": each.hint,
                "fingerprint": each.fingerprint,
            }
            for each in report.findings
        ],
        "skipped": [each._asdict() for each in report.unread],
    }
