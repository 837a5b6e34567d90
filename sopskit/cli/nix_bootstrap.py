"""`sopskit nix bootstrap`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from sopskit.cli.confirming import add_change_arguments
    from sopskit.cli.key_arguments import add_key_arguments

    parser.epilog = (
        "Without a key, the host's key is made: its private half goes into --extra-files DIR, as "
        "nixos-anywhere takes it. An RSA host key is given in its PGP form, by --key FINGERPRINT."
    )
    parser.add_argument("host", metavar="HOST", help="name of the new host")
    parser.add_argument(
        "--extra-files", metavar="DIR", type=Path, help="make a key; this folder gets its private half"
    )
    parser.add_argument(
        "--file", metavar="PATH", help="the host's first secret file (default: secrets/HOST.yaml)"
    )
    parser.add_argument(
        "--with", dest="with_hosts", metavar="HOST", action="append", default=[], help="a further reader"
    )
    add_key_arguments(parser, several=True)
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Add the host with a rule and a first file, and say what is left to do."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.key_arguments import collect_keys
    from sopskit.cli.opening import open_inventory
    from sopskit.consumers.nix import matching_host
    from sopskit.consumers.nix.writing import Wanted, module
    from sopskit.inventory.consumers import source_of
    from sopskit.workflows import nix_bootstrap, opening
    from sopskit.workflows.add_host import HostRequest, add_host
    from sopskit.workflows.hosts import checked_name, host_named
    from sopskit.workflows.new_rule import NewRule

    inventory = open_inventory(arguments, terminal, without_rules=True)
    name = checked_name(arguments.host, "HOST")
    known = host_named(inventory.configs.primary.document, name)
    if known is not None or matching_host(source_of(inventory), name) is not None:
        raise UsageError(f"there is a host {name} already", hint=f"sopskit nix snippet {name}")
    path = arguments.file or f"secrets/{name}.yaml"
    _take_key(arguments)
    keys = collect_keys(arguments, terminal, inventory, "machine")
    rule = NewRule(nix_bootstrap.rule_for(path), tuple(arguments.with_hosts))
    change = add_host(inventory, HostRequest(name, keys.recipients, "machine", (), rule))
    engine = opening.choose_engine(arguments.engine, opening.find_keys(terminal.passphrase))
    file = nix_bootstrap.first_file(inventory, engine, change.document, path)
    with nix_bootstrap.folders(None if arguments.dry_run else arguments.extra_files):
        code = make_change(arguments, terminal, inventory, change, keys, texts=(file,))
    if code is ExitCode.CLEAN and not arguments.dry_run:
        terminal.result(module([Wanted("example", path, "yaml", "example")], "sops.nix").rstrip("\n"))
        for number, step in enumerate(nix_bootstrap.steps(name, arguments.extra_files), 1):
            terminal.say(f"{number}. {step}")
    return code


def _take_key(arguments: argparse.Namespace) -> None:
    """With --extra-files the host's key is made, and lies where it will on the machine."""
    from sopskit.workflows.nix_bootstrap import KEY_ON_HOST, refuse_work_tree

    given = arguments.key or arguments.key_file or arguments.ssh_scan or arguments.generate
    if arguments.extra_files is None:
        if not given:
            raise UsageError(
                "the host has no key yet",
                hint="--extra-files DIR makes one; --ssh-scan HOST asks the machine",
            )
        return
    if given:
        raise UsageError("--extra-files makes a key, and another is given", hint="give one of them")
    refuse_work_tree(arguments.extra_files)
    arguments.generate = arguments.extra_files / KEY_ON_HOST
