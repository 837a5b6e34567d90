"""`sopskit add-host`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.cli.confirming import add_change_arguments
from sopskit.cli.key_arguments import add_key_arguments
from sopskit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    import argparse

    from sopskit.cli.terminal import Terminal
    from sopskit.inventory.inventory import Inventory
    from sopskit.sops_yaml.model import Role
    from sopskit.workflows.change import Change
    from sopskit.workflows.new_rule import NewRule

_NEW_RULE = "new"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="the host's name, which becomes its anchor")
    parser.add_argument("--role", choices=("machine", "user"), help="what the host is")
    add_key_arguments(parser, several=True)
    group = parser.add_argument_group("its rules")
    group.add_argument(
        "--rule", metavar="PATTERN_OR_NUMBER", action="append", default=[], help="a rule to join (repeatable)"
    )
    group.add_argument("--all-rules", action="store_true", help="join every rule")
    group.add_argument("--like", metavar="HOST", help="join the rules that HOST is in")
    group.add_argument(
        "--new-rule", metavar="REGEX", help="make a rule for this host, before those it shadows"
    )
    group.add_argument(
        "--with",
        dest="with_hosts",
        metavar="HOST",
        action="append",
        default=[],
        help="with --new-rule: a further reader",
    )
    group.add_argument("--allow-loss", action="store_true", help="with --new-rule: let files lose readers")
    group.add_argument(
        "--group", type=int, metavar="N", help="the key group to join, where rules have several"
    )
    add_change_arguments(parser)


def run(arguments: argparse.Namespace, terminal: Terminal) -> ExitCode:
    """Collect what is needed, then show the plan and carry it out."""
    from sopskit.cli.confirming import make_change
    from sopskit.cli.key_arguments import collect_keys
    from sopskit.cli.opening import open_inventory
    from sopskit.workflows.add_host import HostRequest, add_host

    first_rule = bool(arguments.new_rule) or terminal.interactive
    inventory = open_inventory(arguments, terminal, without_rules=first_rule)
    name = _name(arguments, terminal, inventory)
    role = _role(arguments, terminal, inventory, name)
    keys = collect_keys(arguments, terminal, inventory, role)
    numbers, new_rule = _rules(arguments, terminal, inventory)
    group = _group(arguments, terminal, inventory, numbers)
    change = add_host(inventory, HostRequest(name, keys.recipients, role, numbers, new_rule, group))
    if new_rule is not None:
        _check_losses(inventory, change, terminal, allowed=arguments.allow_loss)
        _warn_of_strangers(change, terminal, new_rule)
    return make_change(arguments, terminal, inventory, change, keys)


def _name(arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory) -> str:
    from sopskit.workflows.hosts import checked_name, host_named, name_problem

    if arguments.name is not None:
        return checked_name(arguments.name, "NAME")
    document = inventory.configs.primary.document

    def check(answer: str) -> str | None:
        return name_problem(answer) or (
            "there is a host of that name" if host_named(document, answer) else None
        )

    return terminal.ask("Name of the new host", "NAME", check)


def _role(arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, name: str) -> Role | None:
    """What was said, or what follows from the rest of the command line; else it is asked, or unknown."""
    from sopskit.sops_yaml.hosts import role_of_name
    from sopskit.workflows.hosts import host_named

    role: Role | None = arguments.role or role_of_name(name)
    if role is None and arguments.like:
        like = host_named(inventory.configs.primary.document, arguments.like)
        role = like.role if like is not None else None
    if role is None and arguments.ssh_scan:
        role = "machine"
    if role is not None or not terminal.interactive or arguments.yes or _has_keys(arguments):
        return role
    import questionary

    choices = [questionary.Choice("a machine", "machine"), questionary.Choice("a person", "user")]
    return "user" if terminal.choose("What is it?", choices, "--role") == "user" else "machine"


def _has_keys(arguments: argparse.Namespace) -> bool:
    return bool(arguments.key or arguments.key_file or arguments.ssh_scan or arguments.generate)


def _rules(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory
) -> tuple[tuple[int, ...], NewRule | None]:
    from sopskit.workflows.hosts import rules_of_host
    from sopskit.workflows.new_rule import NewRule

    document = inventory.configs.primary.document
    for flag, value in (("--with", arguments.with_hosts), ("--allow-loss", arguments.allow_loss)):
        if value and not arguments.new_rule:
            raise UsageError(f"{flag} goes with --new-rule", hint="sopskit add-host --help")
    new_rule = NewRule(arguments.new_rule, tuple(arguments.with_hosts)) if arguments.new_rule else None
    numbers: set[int] = {_rule_number(inventory, text) for text in arguments.rule}
    if arguments.all_rules:
        numbers |= {rule.number for rule in document.rules}
    if arguments.like:
        numbers |= set(rules_of_host(document, arguments.like))
    if numbers or new_rule or arguments.all_rules or arguments.like:
        return tuple(sorted(numbers)), new_rule
    return _ask_rules(terminal, inventory)


def _rule_number(inventory: Inventory, text: str) -> int:
    """A rule by its number, its pattern, or a path that it claims."""
    from sopskit.workflows.hosts import rule_numbered

    document = inventory.configs.primary.document
    if text.isascii() and text.isdecimal():
        return rule_numbered(document, int(text)).number
    matches = [rule.number for rule in document.rules if rule.path_regex == text]
    if len(matches) != 1:
        patterns = "; ".join(f"{rule.number}: {rule.path_regex or '(every file)'}" for rule in document.rules)
        raise UsageError(f"--rule {text}: no such rule", hint=f"the rules are {patterns}")
    return matches[0]


def _ask_rules(terminal: Terminal, inventory: Inventory) -> tuple[tuple[int, ...], NewRule | None]:
    import questionary

    from sopskit.output.text import count
    from sopskit.text.shown import shown
    from sopskit.workflows.new_rule import NewRule

    config = inventory.configs.primary
    flag = "--rule, --all-rules, --like or --new-rule"
    claims: dict[int, int] = {}
    if terminal.interactive:
        for _, rule in inventory.claimed(config):
            claims[rule.number] = claims.get(rule.number, 0) + 1
    choices = [
        questionary.Choice(
            f"{rule.number}. {shown(rule.path_regex) or 'every other file'} "
            f"({count(claims.get(rule.number, 0), 'file')})",
            str(rule.number),
        )
        for rule in config.document.rules
    ]
    choices.append(questionary.Choice("a new rule for this host", _NEW_RULE))
    answers = terminal.choose_many("Which rules does it join?", choices, flag)
    new_rule = None
    if _NEW_RULE in answers:
        regex = terminal.ask(
            "Pattern of the new rule (RE2, relative to .sops.yaml)", "--new-rule", _regex_problem
        )
        new_rule = NewRule(regex, tuple(_ask_readers(terminal, inventory)))
    return tuple(sorted(int(answer) for answer in answers if answer != _NEW_RULE)), new_rule


def _ask_readers(terminal: Terminal, inventory: Inventory) -> list[str]:
    import questionary

    names = [host.name for host in inventory.configs.primary.document.hosts() if host.name]
    if not names:
        return []
    return terminal.choose_many(
        "Who else reads its files? (people are included)",
        [questionary.Choice(name, name) for name in names],
        "--with",
    )


def _regex_problem(answer: str) -> str | None:
    from sopskit.text import patterns

    if not answer:
        return "an empty pattern would claim every file"
    try:
        patterns.compile(answer)
    except patterns.PatternError as error:
        return str(error)
    return None


def _group(
    arguments: argparse.Namespace, terminal: Terminal, inventory: Inventory, numbers: tuple[int, ...]
) -> int | None:
    rules = inventory.configs.primary.document.rules
    most = max((len(rules[number - 1].groups) for number in numbers), default=1)
    if arguments.group is not None:
        if not 1 <= arguments.group <= most:
            raise UsageError(f"--group {arguments.group}: there is no such key group", hint=f"1 to {most}")
        return int(arguments.group)
    if most < 2:
        return None
    import questionary

    choices = [questionary.Choice(f"group {number}", str(number)) for number in range(1, most + 1)]
    return int(terminal.choose("Which key group does it join?", choices, "--group"))


def _check_losses(inventory: Inventory, change: Change, terminal: Terminal, *, allowed: bool) -> None:
    from sopskit.cli.rendering import label
    from sopskit.inventory.hosts import names_of

    if not change.losses:
        return
    names = names_of(inventory.configs)
    for path, lost in change.losses:
        terminal.warn(f"{path} would lose {', '.join(label(recipient, names) for recipient in lost)}")
    if not allowed:
        raise UsageError(
            "the new rule takes readers away", hint="add them with --with HOST, or give --allow-loss"
        )


def _warn_of_strangers(change: Change, terminal: Terminal, new_rule: NewRule) -> None:
    """Say so if whoever runs this would not read the files of the new rule."""
    from sopskit.workflows import opening

    own_keys = opening.find_keys(terminal.passphrase)
    rule = next(rule for rule in change.document.rules if rule.path_regex == new_rule.path_regex)
    if not any(own_keys.holds(member.recipient) for member in rule.members):
        terminal.warn("none of your keys is in the new rule: you will not read its files (--with HOST)")
