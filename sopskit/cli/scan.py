"""`sopskit scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode
    from sopskit.output.findings import Skipped
    from sopskit.workflows.scan import Report

FORMATS = ("text", "json", "sarif", "github")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders, or - for standard input (default: the repository)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="output format")


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
    _show(arguments, terminal, report)
    return report.exit_code


def _show(arguments: argparse.Namespace, terminal: Terminal, report: Report) -> None:
    from sopskit.output import findings, github, json

    skipped = [findings.Skipped(None, each.path, each.reason) for each in report.unread]
    if arguments.format == "sarif":
        terminal.result(_sarif(report, skipped))
        return
    if arguments.format == "json":
        sizes = {"files": report.files, "size": report.size, "ignored": 0}
        terminal.result(json.document("scan", **findings.document(report.findings, **sizes, skipped=skipped)))
        return
    if arguments.format == "github":
        terminal.result(github.commands(report.findings))
    else:
        lines = findings.lines(report.findings, verbose=terminal.verbose, highlight=terminal.highlighted)
        terminal.result(lines)
    for unread in report.unread:
        terminal.warn(f"{unread.path} was not read: {unread.reason}")
    summary = f"{findings.summary(report.findings, report.files, 0)}; {report.size / 1e6:.1f} MB read"
    (terminal.result if arguments.format == "text" else terminal.say)(summary)


def _sarif(report: Report, skipped: list[Skipped]) -> str:
    from sopskit.output import sarif
    from sopskit.scanner.loading import built_in_rules

    found = {each.id for each in report.findings}
    rules = [
        sarif.Rule(
            each.id,
            each.description[:1].lower() + each.description[1:],
            each.hint,
            each.severity,
            each.confidence,
            each.references[0],
        )
        for each in built_in_rules()
        if each.id in found
    ]
    return sarif.log(report.findings, rules, skipped=skipped)
