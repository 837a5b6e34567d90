"""`sopskit check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.output.findings import Skipped
    from sopskit.workflows.check import Report
    from sopskit.workflows.check_subject import Request

FORMATS = ("text", "json", "sarif", "github")

#: More files than these that were not read are counted, not listed, unless -v.
_LISTED = 10

_PAGE = "docs/reference/audits.md"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="*", help="only what is found in these files and folders"
    )
    parser.add_argument("--staged", action="store_true", help="check what is staged for the next commit")
    parser.add_argument("--history", action="store_true", help="check every commit too")
    parser.add_argument(
        "--only", action="append", default=[], metavar="ID", help="run this audit alone; may be repeated"
    )
    parser.add_argument(
        "--skip", action="append", default=[], metavar="ID", help="do not run this audit; may be repeated"
    )
    parser.add_argument("--list", action="store_true", help="list the audits")
    parser.add_argument("--format", choices=FORMATS, default="text", help="output format")
    parser.add_argument("--fix", action="store_true", help="repair what has one safe repair, all or none")
    add_change_arguments(parser, writes_clear=False)  # what would do so is no safe repair


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Run the audits; with --fix repair what they find, and report what is left."""
    from sopskit.cli.opening import open_place
    from sopskit.workflows.check import check

    _refuse_contradictions(arguments)
    if arguments.list:
        return _list(terminal)
    place, request = open_place(arguments, terminal), _request(arguments)
    report = check(place, request)
    if arguments.fix:
        code = _fix(arguments, terminal, report)
        if arguments.dry_run:
            return code
        if code is not ExitCode.CLEAN:
            terminal.say("what is left:")
        report = check(place, request)
        show(report, arguments.format, terminal, hint_fix=False)
        return max(code, report.exit_code)
    show(report, arguments.format, terminal)
    return report.exit_code


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.staged and arguments.history:
        raise UsageError("--staged and --history contradict each other", hint="give one of them")
    if not arguments.fix:
        for name in ("yes", "dry_run", "skip_unreadable", "no_rotate", "force"):
            if getattr(arguments, name):
                raise UsageError(f"--{name.replace('_', '-')} goes with --fix", hint="give both, or neither")
    elif arguments.staged:
        raise UsageError("--fix changes the work tree, not what is staged", hint="run it without --staged")
    elif arguments.dry_run and arguments.format != "text":
        raise UsageError("--fix --dry-run has text output only", hint="leave out --format")


def _list(terminal: Terminal) -> ExitCode:
    from sopskit import audits
    from sopskit.output.text import table

    rows = [
        (each.id, str(each.severity), "--fix" if each.repair else "", each.title) for each in audits.audits()
    ]
    terminal.result(table(rows))
    return ExitCode.CLEAN


def _request(arguments: argparse.Namespace) -> Request:
    from sopskit.workflows.check_subject import Request

    return Request(
        tuple(arguments.paths),
        tuple(arguments.only),
        tuple(arguments.skip),
        arguments.staged,
        arguments.history,
    )


def _fix(arguments: argparse.Namespace, terminal: Terminal, report: Report) -> ExitCode:
    from sopskit.cli.confirming import make_repairs
    from sopskit.workflows import repair

    repairs = repair.collect(report.subject, report.findings)
    return make_repairs(arguments, terminal, report.subject.inventory, repairs)


def show(
    report: Report,
    format_: str,
    terminal: Terminal,
    command: str = "check",
    *,
    hint_fix: bool = True,
    **more: object,
) -> None:
    """Print a report.

    Args:
        report: it.
        format_: one of `FORMATS`.
        terminal: where to.
        command: that the JSON names.
        hint_fix: say that --fix repairs some of it.
        more: fields for the JSON.
    """
    from sopskit.output import findings, github, json

    skipped = _skipped(report)
    if format_ == "sarif":
        terminal.result(_sarif(report, skipped))
        return
    if format_ == "json":
        document = findings.document(
            report.findings,
            files=report.files,
            size=report.size,
            ignored=report.ignored,
            skipped=skipped,
        )
        terminal.result(json.document(command, **document, **more))
        return
    if format_ == "github":
        terminal.result(github.commands(report.findings))
    else:
        text = findings.lines(report.findings, verbose=terminal.verbose, highlight=terminal.highlighted)
        terminal.result(text)
    _say_skipped(terminal, report)
    if report.ignored and terminal.verbose:
        terminal.say(findings.ignored_lines(report.ignored))
    summary = findings.summary(report.findings, report.files, len(report.ignored))
    (terminal.result if format_ == "text" else terminal.say)(summary)
    fixable = sum(each.fixable for each in report.findings)
    if fixable and hint_fix:
        terminal.say(f"hint: sopskit check --fix repairs {fixable} of them")


def _say_skipped(terminal: Terminal, report: Report) -> None:
    from sopskit.output.text import count

    unread = report.unread if terminal.verbose else report.unread[:_LISTED]
    for each in unread:
        terminal.warn(f"{each.path} was not read: {each.reason}")
    if len(unread) < len(report.unread):
        more = count(len(report.unread) - len(unread), "more file")
        terminal.warn(f"... and {more}; -v lists them")
    by_reason: dict[str, list[str]] = {}
    for id_, reason in report.not_run:
        by_reason.setdefault(reason, []).append(id_)
    for reason, ids in by_reason.items():
        terminal.say(f"not run: {', '.join(ids)} ({reason})")


def _skipped(report: Report) -> list[Skipped]:
    from sopskit.output.findings import Skipped

    unread = [Skipped(None, each.path, each.reason) for each in report.unread]
    return unread + [Skipped(each.id, None, each.reason) for each in report.not_run]


def _sarif(report: Report, skipped: list[Skipped]) -> str:
    from sopskit.output import sarif

    rules = [
        sarif.Rule(each.id, each.title, each.hint, each.severity, each.confidence, f"{_PAGE}#{each.id}")
        for each in report.audits
    ]
    return sarif.log(report.findings, rules, suppressed=report.ignored, skipped=skipped)
