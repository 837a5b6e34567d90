"""`sopskit nix`: what NixOS hosts take out of the repository's secret files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.errors import ExitCode

if TYPE_CHECKING:
    import argparse

    from sopskit.audits.subject import Subject
    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the commands below it, and their options."""
    from sopskit.cli import check_of_consumers, nix_bootstrap
    from sopskit.cli.main import global_options

    commands = parser.add_subparsers(dest="nix_command", metavar="COMMAND", required=True)
    check = commands.add_parser(
        "check", help="find secrets that a host will not get", parents=[global_options()]
    )
    check_of_consumers.add_arguments(check)
    check.add_argument(
        "--manifest",
        action="append",
        default=[],
        metavar="HOST=FILE",
        help="take what a host says from the manifest that sops-install-secrets gets; may be repeated",
    )
    check.add_argument(
        "--eval", action="store_true", help="run nix eval on the flake, which runs what the flake says"
    )
    manifest = commands.add_parser(
        "manifest", help="print a host's manifest for sops-install-secrets", parents=[global_options()]
    )
    manifest.add_argument("host", metavar="HOST", help="name of the NixOS host")
    manifest.add_argument(
        "--for-users", action="store_true", help="that of the secrets that are neededForUsers"
    )
    snippet = commands.add_parser(
        "snippet", help="print a module for the secrets that a host can read", parents=[global_options()]
    )
    snippet.add_argument("host", metavar="HOST", help="name of the host")
    snippet.add_argument(
        "--at", metavar="PATH", default="sops.nix", help="where the module will stand (default: sops.nix)"
    )
    nix_bootstrap.add_arguments(
        commands.add_parser(
            "bootstrap",
            help="add a NixOS host: its key, a rule, a first secret file, the steps to go",
            parents=[global_options()],
        )
    )


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Run the command that was named."""
    from sopskit.cli import nix_bootstrap

    commands = {
        "check": _check,
        "manifest": _manifest,
        "snippet": _snippet,
        "bootstrap": nix_bootstrap.run,
    }
    return commands[arguments.nix_command](arguments, terminal)


def _check(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    from sopskit.cli import check_of_consumers
    from sopskit.cli.opening import open_place
    from sopskit.workflows import nix
    from sopskit.workflows.check import check
    from sopskit.workflows.check_subject import Request

    place = open_place(arguments, terminal)
    documents = nix.evaluated(place.repository.root) if arguments.eval else {}
    files = check_of_consumers.named_paths(arguments.manifest, "--manifest", "HOST=FILE", "no host and file")
    documents |= nix.read_manifests({host: place.start / file for host, file in files.items()})
    report = check(place, Request(tuple(arguments.paths), room="nix", manifests=documents))
    notes = nix.notes(report.subject)
    return check_of_consumers.show(report, notes, arguments.format, terminal, "nix-check")


def _manifest(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    import json

    from sopskit.consumers.nix.manifests import manifest_of
    from sopskit.text.shown import shown
    from sopskit.workflows.nix import host_named

    subject = _subject(arguments, terminal)
    host = host_named(subject.source, arguments.host)
    manifest = manifest_of(host, str(subject.inventory.tree.root), for_users=arguments.for_users)
    terminal.result(json.dumps(manifest.document, indent=2))
    for name in manifest.left_out:
        terminal.warn(f"left out, since one part of it cannot be told: {shown(name)}")
    for each in host.options.unclear:
        terminal.warn(f"there may be more secrets: {shown(each.span.path)}: {shown(each.message)}")
    return ExitCode.CLEAN if manifest.is_complete and not manifest.left_out else ExitCode.FOUND


def _snippet(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    from sopskit.text.shown import shown
    from sopskit.workflows.nix_snippet import snippet

    found = snippet(_subject(arguments, terminal), arguments.host, arguments.at)
    for each in found.left_out:
        terminal.say(f"left out: {shown(each)}")
    if found.text is None:
        terminal.say(f"{arguments.host} reads no secret that a module could take")
        return ExitCode.FOUND
    terminal.result(found.text.rstrip("\n"))
    return ExitCode.CLEAN


def _subject(arguments: argparse.Namespace, terminal: Terminal) -> Subject:
    from sopskit.audits.subject import Subject
    from sopskit.cli.opening import open_inventory

    return Subject(open_inventory(arguments, terminal))
