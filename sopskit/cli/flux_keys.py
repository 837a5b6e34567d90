"""`sopskit flux bootstrap` and `sopskit flux rotate-key`: the key that a cluster decrypts with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.key_arguments import HostKeys
    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.inventory import Inventory
    from sopskit.workflows.flux_rotate_key import Bound
    from sopskit.workflows.flux_secret import Identity
    from sopskit.workflows.new_key import NewKey

_CONFIRMED = "the cluster has it"


def add_bootstrap_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of bootstrap."""
    from sopskit.cli.confirming import add_change_arguments

    parser.add_argument("cluster", metavar="CLUSTER", help="its folder, such as home of clusters/home")
    parser.add_argument("--host", metavar="NAME", help="its name in .sops.yaml (default: CLUSTER)")
    parser.add_argument("--secret", metavar="NAME", default="sops-age", help="(default: sops-age)")
    parser.add_argument("--rule", type=int, metavar="N", action="append", default=[], help="a rule to join")
    parser.add_argument("--new-rule", metavar="REGEX", help="make a rule for it, before those it shadows")
    _add_key_arguments(parser)
    add_change_arguments(parser)


def add_rotate_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of rotate-key."""
    from sopskit.cli.confirming import add_change_arguments

    parser.add_argument("cluster", metavar="CLUSTER", help="as [consumers] of .sopskit.toml names it")
    step = parser.add_mutually_exclusive_group(required=True)
    step.add_argument("--start", action="store_true", help="put a new key beside the old one")
    step.add_argument("--finish", action="store_true", help="take the old key away, and rotate")
    parser.add_argument(
        "--keys", metavar="FILE", type=Path, help="has the private keys of the Secret as it is now"
    )
    _add_key_arguments(parser)
    add_change_arguments(parser)


def _add_key_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("its private key")
    group.add_argument(
        "--key-out",
        metavar="FILE",
        type=Path,
        help="write the Secret's manifest there, outside of work trees",
    )
    group.add_argument("--apply", action="store_true", help="give the manifest to kubectl")
    group.add_argument("--post-quantum", action="store_true", help="a post-quantum key (age1pq1...)")


def bootstrap(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Make the cluster a host, and give its Kustomizations decryption."""
    from sopskit.audits.subject import Subject
    from sopskit.cli.confirming import make_change
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows import flux_bootstrap, flux_secret
    from sopskit.workflows.add_host import HostRequest, add_host
    from sopskit.workflows.hosts import checked_name, host_named
    from sopskit.workflows.new_rule import NewRule

    flux_secret.check_output(arguments.key_out, apply=arguments.apply)
    name = checked_name(arguments.host or arguments.cluster, "--host")
    inventory = open_inventory(arguments, terminal, without_rules=bool(arguments.new_rule))
    if host_named(inventory.configs.primary.document, name) is not None:
        raise UsageError(
            f"there is a host {name}", hint=f"sopskit flux rotate-key {arguments.cluster} --start"
        )
    wanted = flux_bootstrap.setup(Subject(inventory), arguments.cluster, name, arguments.secret)
    rules = tuple(arguments.rule) or (() if arguments.new_rule else wanted.rules)
    if not rules and not arguments.new_rule:
        raise UsageError(
            "no rule claims a file that its Kustomizations take in", hint="--rule N, or --new-rule REGEX"
        )
    identity = flux_secret.generate(post_quantum=arguments.post_quantum)
    new_rule = NewRule(arguments.new_rule) if arguments.new_rule else None
    change = add_host(inventory, HostRequest(name, (identity.recipient,), "machine", rules, new_rule))
    content = flux_secret.manifest(wanted.secrets, name, [identity])
    key = flux_secret.SecretManifest(identity.recipient, arguments.key_out, content, apply=arguments.apply)
    return make_change(arguments, terminal, inventory, change, _keys(key), texts=wanted.texts)


def rotate_key(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """One of the two steps."""
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.flux_rotate_key import bound

    inventory = open_inventory(arguments, terminal)
    found = bound(_consumers(inventory), arguments.cluster)
    return (_start if arguments.start else _finish)(arguments, terminal, inventory, found)


def _consumers(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    from sopskit.settings import SETTINGS_NAME, parse

    if not inventory.repository.has(SETTINGS_NAME):
        return {}
    return dict(parse(inventory.repository.read(SETTINGS_NAME).content).consumers)


def _start(arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, found: Bound) -> ExitCode:
    from sopskit.cli.confirming import make_change
    from sopskit.workflows import flux_rotate_key, flux_secret
    from sopskit.workflows.hosts import existing_host, recipients_of

    flux_secret.check_output(arguments.key_out, apply=arguments.apply)
    new = flux_secret.generate(post_quantum=arguments.post_quantum)
    change = flux_rotate_key.start(inventory, found.host, new.recipient)
    old = recipients_of(existing_host(inventory.configs.primary.document, found.host))
    both = [*flux_secret.covering(_known(arguments, found), old), new]
    content = flux_secret.manifest(found.secrets, found.host, both)
    key = flux_secret.SecretManifest(new.recipient, arguments.key_out, content, apply=arguments.apply)
    return make_change(arguments, terminal, inventory, change, _keys(key))


def _finish(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, found: Bound
) -> ExitCode:
    from sopskit.cli.confirming import make_change
    from sopskit.workflows import flux_rotate_key, flux_secret

    old, new = flux_rotate_key.old_and_new(inventory, found.host)
    key = None
    if arguments.key_out is not None or arguments.apply:
        flux_secret.check_output(arguments.key_out, apply=arguments.apply)
        kept = flux_secret.covering(_known(arguments, found), [new])
        content = flux_secret.manifest(found.secrets, found.host, kept)
        key = flux_secret.SecretManifest(new, arguments.key_out, content, apply=arguments.apply)
    if not arguments.dry_run:
        terminal.say(f"{old.text} goes; from then on the cluster needs {new.text}")
        terminal.type_to_confirm("Has the cluster the new key, and is Flux Ready with it?", _CONFIRMED)
    change = flux_rotate_key.finish(inventory, found.host, old)
    code = make_change(arguments, terminal, inventory, change, _keys(key))
    if key is None and code is ExitCode.CLEAN:
        terminal.say(
            "note: the Secret of the cluster still has the old key; it opens nothing that is written now"
        )
    return code


def _known(arguments: argparse.Namespace, found: Bound) -> list[Identity]:
    """The identities that the Secret has now."""
    from sopskit.workflows import flux_rotate_key, flux_secret

    if arguments.keys is not None:
        return flux_secret.read_identities(arguments.keys)
    if not arguments.apply:
        raise UsageError(
            "the manifest is to have the key of the Secret as it is now",
            hint="--keys FILE names a file that has it, --apply reads it from the cluster",
        )
    return flux_rotate_key.live_identities(found.secrets)


def _keys(key: NewKey | None) -> HostKeys:
    from sopskit.cli.key_arguments import HostKeys

    return HostKeys((), (), key)
