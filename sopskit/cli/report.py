"""`sopskit report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the page to write")
    parser.add_argument(
        "--as-of", metavar="REV", help="who could read what at a commit; no findings, no history"
    )
    parser.add_argument("--no-history", action="store_true", help="leave out exposures and time line")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Write the report; what is in it fails nothing, but what could not be read does."""
    from datetime import UTC, datetime

    from sopskit.cli.opening import open_repository
    from sopskit.cli.report_rendering import report_page
    from sopskit.repo.outputs import write_outputs
    from sopskit.workflows.check_subject import Place
    from sopskit.workflows.report import report, report_at

    repository = open_repository(terminal)
    place = Place(repository, Path.cwd(), arguments.config, arguments.jobs, arguments.engine)
    if arguments.as_of is not None:
        made = report_at(place, arguments.as_of)
    else:
        with terminal.progress("reading the history") as progress:
            made = report(place, history=not arguments.no_history, progress=progress)
    text = report_page(made, repository.root.name, arguments.as_of, datetime.now(UTC))
    write_outputs([(arguments.output, text.encode("utf-8"))], private=True)
    terminal.say(f"wrote {arguments.output}")
    return ExitCode.CLEAN if made.is_complete else ExitCode.FAILED
