"""`sopskit access`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.access import Where

_OF_CHANGES = ("table", "json", "csv", "markdown")
_OF_ACCESS = ("table", "json", "csv", "html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="HOST|PATH",
        help="hosts, files or folders to look at (default: all); ./NAME is a path where a host has that name",
    )
    parser.add_argument(
        "--by",
        choices=("file", "host", "consumer"),
        help="what each line is about (default: host where hosts are named, else file)",
    )
    parser.add_argument("--as-of", metavar="REV", help="look at a commit, not at the work tree")
    parser.add_argument(
        "--diff",
        metavar="REV..REV",
        help="what a change gives to whom: A..B; A...B (from where they parted to B); A (from A to now)",
    )
    parser.add_argument(
        "--format",
        choices=tuple(dict.fromkeys((*_OF_ACCESS, *_OF_CHANGES))),
        default="table",
        help="output format (default: table); html without --diff, markdown with it",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Show who reads what; a question, which any answer answers: the exit code is 0."""
    from sopskit.cli.opening import open_repository
    from sopskit.workflows.access import Where

    _refuse_contradictions(arguments)
    where = Where(open_repository(terminal), Path.cwd(), arguments.config, arguments.jobs)
    terminal.result(
        _changes(arguments, terminal, where) if arguments.diff else _access(arguments, terminal, where)
    )
    return ExitCode.CLEAN


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    formats = _OF_CHANGES if arguments.diff else _OF_ACCESS
    if arguments.format not in formats:
        condition = "with" if arguments.diff else "without"
        raise UsageError(
            f"there is no --format {arguments.format} {condition} --diff", hint=f"one of {', '.join(formats)}"
        )
    for option in ("as_of", "by"):
        if arguments.diff and getattr(arguments, option):
            raise UsageError(
                f"--{option.replace('_', '-')} and --diff exclude each other",
                hint="--diff names both moments, and is by host",
            )


def _access(arguments: argparse.Namespace, terminal: Terminal, where: Where) -> str:
    from sopskit.cli import access_rendering as rendering
    from sopskit.output import json
    from sopskit.workflows import access as workflow

    access = workflow.read_access(where, arguments.as_of)
    choice = workflow.choose(where, arguments.words, access.readers, [file.path for file in access.files])
    by = arguments.by or ("host" if choice.hosts and not choice.places else "file")
    access = workflow.narrowed(access, choice)
    if arguments.format == "json":
        return json.document("access", **rendering.access_document(access))
    if arguments.format == "csv":
        return rendering.access_csv(access, choice, by)
    if arguments.format == "html":
        from sopskit.cli.report_rendering import access_page

        return access_page(access, Path(where.repository.root).name, arguments.as_of)
    return rendering.access_table(access, choice, by, verbose=terminal.verbose)


def _changes(arguments: argparse.Namespace, terminal: Terminal, where: Where) -> str:
    from sopskit.cli import access_changes_rendering as rendering
    from sopskit.output import json
    from sopskit.workflows import access as workflow

    changes = workflow.read_changes(where, arguments.diff)
    if arguments.words:
        choice = workflow.choose(
            where, arguments.words, [each.host for each in changes.hosts], workflow.paths_in(changes)
        )
        changes = workflow.narrowed_changes(changes, choice)
    if arguments.format == "json":
        return json.document("access-changes", **rendering.changes_document(changes))
    if arguments.format == "csv":
        return rendering.changes_csv(changes)
    if arguments.format == "markdown":
        return rendering.changes_markdown(changes)
    return rendering.changes_table(changes, verbose=terminal.verbose)
