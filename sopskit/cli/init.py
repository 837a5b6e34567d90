"""`sopskit init`."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.cli.key_arguments import parsed_key
from sopskit.errors import ConfigurationError, ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.keys.recipients import Recipient


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--layout", choices=("flux", "nixos", "both"), help="what reads the secrets")
    parser.add_argument("--name", help="your name in the file (default: your login)")
    parser.add_argument(
        "--key",
        metavar="RECIPIENT",
        action="append",
        default=[],
        help="your public key (default: those found here)",
    )
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask: take every key that is found")
    parser.add_argument("-n", "--dry-run", action="store_true", help="print the file, and write nothing")


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Write a first `.sops.yaml` into the working directory."""
    from sopskit.workflows import init, opening

    repository = opening.open_repository(Path.cwd())
    opening.recover_interrupted(repository)
    if init.config_exists(Path.cwd()):
        raise ConfigurationError(
            "exists already", hint="sopskit add-host adds a host to it", path=".sops.yaml"
        )
    above = init.config_above(repository, Path.cwd())
    if above is not None:
        terminal.warn(f"{above} governs this folder now; a second .sops.yaml takes its files away from it")
    layout = arguments.layout or _ask_layout(terminal)
    text = init.first_config(_name(arguments.name), _keys(arguments, terminal), layout)
    if arguments.dry_run:
        terminal.result(text.rstrip())
        return ExitCode.FOUND
    terminal.preview(text.rstrip(), arguments)
    if not arguments.yes:
        terminal.confirm("Write this to .sops.yaml?", "--yes")
    terminal.say(f"wrote {init.write_config(repository, Path.cwd(), text)}")
    terminal.say("hint: sopskit add-host adds the machines that are to read the secrets")
    return ExitCode.CLEAN


def _ask_layout(terminal: Terminal) -> str:
    import questionary

    choices = [
        questionary.Choice("Flux: Kubernetes manifests", "flux"),
        questionary.Choice("NixOS: sops-nix", "nixos"),
        questionary.Choice("both", "both"),
    ]
    return terminal.choose("What reads the secrets?", choices, "--layout")


def _name(given: str | None) -> str:
    from sopskit.workflows.hosts import checked_name, name_problem

    if given is not None:
        return checked_name(given, "--name")
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in passwd
        login = "admin"
    name = re.sub(r"[^A-Za-z0-9_-]", "_", login)
    return name if name_problem(name) is None else "admin"


def _keys(arguments: argparse.Namespace, terminal: Terminal) -> list[Recipient]:
    from sopskit.workflows import init, opening

    if arguments.key:
        return list(dict.fromkeys(parsed_key(text, "--key") for text in arguments.key))
    found = init.find_public_keys(opening.find_keys(lambda _: None))
    if not found:
        raise UsageError(
            "no key of yours was found on this machine",
            hint="age-keygen -o ~/.config/sops/age/keys.txt makes one; or give --key",
        )
    if arguments.yes or len(found) == 1:
        return [each.recipient for each in found]
    import questionary

    choices = [
        questionary.Choice(f"{each.recipient.text}  ({each.source})", str(number), checked=True)
        for number, each in enumerate(found)
    ]
    chosen = terminal.choose_many("Which keys are yours to use?", choices, "--key")
    if not chosen:
        raise UsageError("a file without a key can be opened by nobody", hint="choose at least one")
    return [found[int(number)].recipient for number in chosen]
