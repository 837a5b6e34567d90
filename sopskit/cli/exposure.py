"""`sopskit exposure`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode, SopskitError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from sopskit.cli.terminal import Terminal
    from sopskit.engines.interface import Engine
    from sopskit.inventory.history import History
    from sopskit.repo.discovery import Repository

_FEW = 5  # files that are listed where something else was asked for


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "host",
        nargs="?",
        metavar="HOST",
        help="what this host (or public key), still there or not, could read and that still is so; "
        "default: whoever could read what they are not to read now, and what was committed in clear",
    )
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="output format")
    parser.add_argument(
        "--no-identity",
        action="store_true",
        help="do not open files to compare values; more may then be listed as possible only",
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """List what is exposed; exit 1 where anything is, 6 where not all of the history could be read."""
    from sopskit.cli import exposure_rendering as rendering
    from sopskit.cli.opening import open_repository
    from sopskit.output import json
    from sopskit.workflows import exposure

    repository = open_repository(terminal)
    inventory = exposure.rules_of(repository, Path.cwd(), arguments.config)
    with terminal.progress("reading the history") as report:
        history = exposure.history_of(repository, jobs=arguments.jobs, report=report)
    with terminal.progress("comparing values") as report:
        found = exposure.find_exposures(
            inventory,
            history,
            host=arguments.host,
            engine=None if arguments.no_identity else _engine(arguments, terminal, history),
            jobs=arguments.jobs,
            report=report,
        )
    if arguments.format == "json":
        terminal.result(json.document("exposure", **rendering.exposure_document(found)))
    elif arguments.format == "csv":
        terminal.result(rendering.exposure_csv(found))
    else:
        terminal.result(rendering.exposure_text(found, verbose=terminal.verbose))
    missing = rendering.missing_parts(history)
    for error in missing:
        terminal.error(error)
    if missing:
        return ExitCode.FAILED
    return ExitCode.FOUND if found.exposures else ExitCode.CLEAN


def show_exposures_of(terminal: Terminal, repository: Repository, arguments: argparse.Namespace) -> None:
    """What a host that was just taken away could read: the list, and what is in the way of a whole one."""
    from sopskit.cli import exposure_rendering as rendering
    from sopskit.workflows import exposure

    try:
        with terminal.progress("reading the history") as report:
            history = exposure.history_of(repository, jobs=arguments.jobs, report=report)
        inventory = exposure.rules_of(repository, Path.cwd(), arguments.config)
        engine = _engine(arguments, terminal, history)
        found = exposure.find_exposures(
            inventory, history, host=arguments.name, engine=engine, jobs=arguments.jobs
        )
    except UsageError:  # its name was never committed
        return
    except SopskitError as error:
        terminal.warn(f"what {arguments.name} could read was not looked up: {error}")
        return
    files = len({each.path for each in found.exposures})
    if files:
        terminal.result(rendering.exposure_text(found, verbose=terminal.verbose, files=_FEW))
    if files > _FEW and not terminal.verbose:
        terminal.say(f"hint: sopskit exposure {arguments.name} -v lists all")
    for missing in rendering.missing_parts(history):
        terminal.warn(missing.message)


def _engine(
    arguments: argparse.Namespace, terminal: Terminal, history: History
) -> Callable[[], Engine | None]:
    """What gives an engine, where a key is at hand that opens some version.

    Clouds are asked only where the sops engine is wanted: a history may have thousands of data keys, and each
    would be a request, or a run of sops.
    """

    def engine() -> Engine | None:
        from sopskit.workflows import opening

        if arguments.engine == "sops":
            return opening.choose_engine("sops", opening.find_keys(terminal.passphrase))
        own_keys = opening.find_keys(terminal.passphrase)
        if not any(own_keys.holds(recipient) for recipient in history.recipients()):
            return None
        return opening.choose_engine("embedded", own_keys)

    return engine
