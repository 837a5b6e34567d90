"""`sopskit flux`: what Flux makes of the repository's secret files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.workflows.flux import Standing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below it, and their options."""
    from sopskit.cli import check_of_consumers, flux_keys
    from sopskit.cli.main import global_options

    commands = parser.add_subparsers(dest="flux_command", metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check", help="find Kustomizations that fail, or apply ciphertext", parents=[global_options()]
    )
    check_of_consumers.add_arguments(check)
    check.add_argument(
        "--live", action="store_true", help="read the Secrets with the keys from the cluster (kubectl)"
    )
    _add_source(check)
    diff = commands.add_parser(
        "diff", help="list Kustomizations that start or stop to decrypt", parents=[global_options()]
    )
    diff.add_argument("revision", metavar="REV", nargs="?", default="HEAD", help="since when (default: HEAD)")
    diff.add_argument("--format", choices=("text", "json"), default="text")
    _add_source(diff)
    flux_keys.add_bootstrap_arguments(
        commands.add_parser("bootstrap", help="give a cluster a key", parents=[global_options()])
    )
    flux_keys.add_rotate_arguments(
        commands.add_parser("rotate-key", help="give a cluster another key", parents=[global_options()])
    )


def _add_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="where the repository of another Flux source is checked out; may be repeated",
    )


def _sources(arguments: argparse.Namespace) -> dict[str, str]:
    from sopskit.cli.check_of_consumers import named_paths

    return named_paths(arguments.source, "--source", "NAME=PATH", "no name and folder")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Run the command that was named."""
    from sopskit.cli import flux_keys

    commands = {
        "check": _check,
        "diff": _diff,
        "bootstrap": flux_keys.bootstrap,
        "rotate-key": flux_keys.rotate_key,
    }
    return commands[arguments.flux_command](arguments, terminal)


def _check(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    from sopskit.cli import check_of_consumers
    from sopskit.cli.opening import open_place
    from sopskit.workflows import flux
    from sopskit.workflows.check import check
    from sopskit.workflows.check_subject import Request

    place = open_place(arguments, terminal)
    sources = flux.other_sources(place, _sources(arguments))
    request = Request(tuple(arguments.paths), room="flux", others=sources, live=arguments.live)
    report = check(place, request)
    notes = flux.notes(report.subject)
    return check_of_consumers.show(report, notes, arguments.format, terminal, "flux-check")


def _diff(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    from sopskit.cli.opening import open_place
    from sopskit.output import json
    from sopskit.workflows import flux

    place = open_place(arguments, terminal)
    sources = flux.other_sources(place, _sources(arguments))
    found = flux.differences(place, arguments.revision, sources)
    stops = any(new is not None and _word(new) == "no" for _, new in found)
    if arguments.format == "json":
        changes = [_change(old, new) for old, new in found]
        terminal.result(json.document("flux-diff", kustomizations=changes))
    else:
        terminal.result("\n".join(_line(old, new) for old, new in found))
    return ExitCode.FOUND if stops else ExitCode.CLEAN


def _change(old: Standing | None, new: Standing | None) -> dict[str, Any]:
    either = new or old
    assert either is not None  # noqa: S101 - one of them is there
    return {
        "name": either.name,
        "namespace": either.namespace,
        "path": either.path,
        "before": _word(old),
        "now": _word(new),
        "files": new.files if new is not None else 0,
    }


def _word(standing: Standing | None) -> str | None:
    """`yes`, `no`, `unknown`; None where it has no secret file."""
    return standing.opens.name.lower() if standing is not None else None


_SAYS = {
    "yes": "decrypts",
    "no": "cannot decrypt",
    "unknown": "cannot be told",
    None: "has no secret file",
}


def _line(old: Standing | None, new: Standing | None) -> str:
    from sopskit.text.shown import shown

    either = new or old
    assert either is not None  # noqa: S101 - one of them is there
    name = f"{shown(either.namespace)}/{shown(either.name)}" if either.namespace else shown(either.name)
    return f"{name} ({shown(either.path)}): {_SAYS[_word(old)]} -> {_SAYS[_word(new)]}"
