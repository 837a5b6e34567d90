"""`sopskit scan`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.errors import ExitCode
    from sopskit.repo.discovery import Repository
    from sopskit.workflows.scan_known import Known
    from sopskit.workflows.scan_report import Report

FORMATS = ("text", "json", "sarif", "github", "gitlab", "html")

_SOURCES = ("staged", "range", "pre_receive", "history")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files and folders, or - for standard input (default: the repository)",
    )
    parser.add_argument("--staged", action="store_true", help="scan what is staged for the next commit")
    parser.add_argument("--history", action="store_true", help="scan every content that any commit has")
    parser.add_argument(
        "--known",
        action="store_true",
        help="look for the decrypted values of the repository's secret files too",
    )
    parser.add_argument("--submodules", action="store_true", help="read submodules that are checked out too")
    parser.add_argument("--range", metavar="A..B", help="scan what the commits of B bring that A has not")
    parser.add_argument(
        "--pre-receive",
        action="store_true",
        help="scan what a push brings; lines OLD NEW REF on standard input",
    )
    parser.add_argument(
        "--baseline", metavar="FILE", help="findings that are known (default: .sopskit-baseline.json)"
    )
    parser.add_argument(
        "--write-baseline", action="store_true", help="add what is found to .sopskit-baseline.json"
    )
    parser.add_argument(
        "--rules",
        metavar="FILE",
        action="append",
        default=[],
        help="look for the [[rule]]s of a file too; may be repeated",
    )
    parser.add_argument(
        "--fail-on",
        choices=("error", "warning", "info", "never"),
        default="warning",
        help="exit with 1 on findings of this severity and above (default: warning)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="output format")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Scan, and show what was found."""
    from sopskit.cli.scan_rendering import show
    from sopskit.errors import ExitCode

    _refuse_contradictions(arguments)
    if terminal.watched:
        _announce_compiling(terminal)
    if arguments.write_baseline:
        return _write_baseline(arguments, terminal)
    report = _report(arguments, terminal)
    show(terminal, report, arguments.format)
    code = report.status(arguments.fail_on)
    if code is ExitCode.FOUND and arguments.format == "text":
        terminal.say("hint: where one is none, write a comment 'sopskit: ignore[ID]' beside it")
    return code


def _announce_compiling(terminal: Terminal) -> None:
    """Say why the first scan of a version takes longer."""
    import os

    from sopskit.scanner.loading import is_compiled

    if not is_compiled(os.environ):
        terminal.say("compiling the rules: some seconds, once")


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    given = [f"--{name.replace('_', '-')}" for name in _SOURCES if getattr(arguments, name)]
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} contradict each other", hint="give one of them")
    if arguments.paths and given and given != ["--staged"]:
        raise UsageError(f"{given[0]} takes no paths", hint="leave them out")
    if arguments.known and arguments.pre_receive:
        raise UsageError("--known needs a work tree, which --pre-receive has not", hint="leave it out")
    if arguments.submodules and (given or "-" in arguments.paths):
        raise UsageError("--submodules is for the files of a work tree", hint="run it in each submodule")
    if "-" in arguments.paths and (given or len(arguments.paths) > 1):
        raise UsageError("- stands for standard input alone", hint="leave out the rest")
    if arguments.write_baseline:
        if arguments.pre_receive or arguments.range or "-" in arguments.paths or arguments.baseline:
            hint = "run sopskit scan --write-baseline, also with --history"
            raise UsageError("--write-baseline is for the files of a repository", hint=hint)
        if arguments.format != "text":
            raise UsageError("--write-baseline has text output only", hint="leave out --format")


def _report(arguments: argparse.Namespace, terminal: Terminal) -> Report:
    import sys
    from pathlib import Path

    from sopskit.workflows.scan_accepted import INDEX, Files, named_rules, read_accepted

    start = Path.cwd()
    files = Files(
        None if arguments.baseline is None else start / arguments.baseline,
        tuple(start / name for name in arguments.rules),
        _known(arguments, terminal) if arguments.known else None,
    )
    if arguments.pre_receive:
        from sopskit.workflows.scan_commits import scan_push

        return scan_push(start, sys.stdin, files, arguments.jobs)
    from sopskit.workflows import scan

    if arguments.paths == ["-"]:
        return scan.scan_stdin(named_rules(files.rules), files.known)
    if arguments.history or arguments.range:
        from sopskit.workflows.scan_repository import repository_with_history

        repository = repository_with_history(start)
    else:
        repository = scan.repository_of(start, [] if arguments.staged else arguments.paths)
    if arguments.range:
        from sopskit.workflows.scan_commits import scan_range

        return _advised(repository, scan_range(repository, arguments.range, files, arguments.jobs))
    if arguments.staged:
        from sopskit.workflows.scan_staged import scan_staged

        accepted = read_accepted(repository, INDEX, files)
        staged = scan_staged(repository, start, arguments.paths, accepted, arguments.jobs)
        return _advised(repository, staged)
    from sopskit.workflows.scan_repository import revision_of_settings

    accepted = read_accepted(repository, revision_of_settings(repository), files)
    if arguments.history:
        from sopskit.workflows.scan_history import scan_history

        found = scan_history(repository, accepted, arguments.jobs)
        return _advised(repository, found._replace(notes=(*found.notes, *_history_of_submodules(repository))))
    found = scan.scan_tree(
        repository, start, arguments.paths, arguments.jobs, accepted, submodules=arguments.submodules
    )
    return _advised(repository, found)


def _history_of_submodules(repository: Repository) -> list[str]:
    """A word on submodules, whose contents are no part of this history."""
    from sopskit.output.text import count
    from sopskit.workflows.scan_submodules import submodules_of

    if repository.root == repository.state_dir:  # bare: it has no index
        return []
    number = len(submodules_of(repository.root))
    words = "not read: each has a history of its own; run sopskit scan --history there"
    return [f"{count(number, 'submodule')} {words}"] if number else []


def _advised(repository: Repository, report: Report) -> Report:
    """The report with what to do about each file; `.sops.yaml` is read only where there is a finding."""
    if not report.findings or repository.root == repository.state_dir:
        return report
    from sopskit.workflows.scan_advice import advised

    return advised(report, repository.root)


def _known(arguments: argparse.Namespace, terminal: Terminal) -> Known:
    """The values to look for: those of the repository that is scanned, or where standard input is read.

    Clouds are asked only where the sops engine is wanted, as in `exposure`.
    """
    from pathlib import Path

    from sopskit.workflows import opening, scan
    from sopskit.workflows.scan_known import read_known

    names = [] if arguments.staged or arguments.paths == ["-"] else arguments.paths
    repository = scan.repository_of(Path.cwd(), names)
    own_keys = opening.find_keys(terminal.passphrase)
    engine = "sops" if arguments.engine == "sops" else "embedded"
    try:
        return read_known(repository, lambda: opening.choose_engine(engine, own_keys), arguments.jobs)
    finally:
        for warning in own_keys.warnings():
            terminal.warn(warning)


def _write_baseline(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Add findings to the baseline; one of the index is written to the work tree, like any other."""
    from pathlib import Path

    from sopskit.errors import ExitCode
    from sopskit.output.text import count
    from sopskit.scanner import baseline
    from sopskit.workflows import scan
    from sopskit.workflows.scan_accepted import read_accepted
    from sopskit.workflows.scan_baseline import write_baseline

    report = _report(arguments, terminal)
    repository = scan.repository_of(Path.cwd(), [] if arguments.staged else arguments.paths)
    known = read_accepted(repository).baseline
    for unread in report.unread:
        terminal.warn(f"{unread.path} was not read: {unread.reason}")
    if report.unread:
        return ExitCode.FAILED
    write_baseline(repository, known, report.findings)
    terminal.say(f"{baseline.NAME}: {count(len(report.findings), 'finding')} added")
    return ExitCode.CLEAN
