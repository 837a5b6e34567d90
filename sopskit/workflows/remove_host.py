"""remove-host: a host's keys out of every `.sops.yaml`, and out of every file that it could read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import UsageError
from sopskit.inventory.consumers import consumers_of
from sopskit.inventory.plan import target_of
from sopskit.sops_yaml import editing, rule_removal
from sopskit.workflows.change import change_of
from sopskit.workflows.consumers import losing_consumers
from sopskit.workflows.hosts import existing_host, is_same_key, recipients_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sopskit.inventory.configs import Config
    from sopskit.inventory.inventory import Inventory
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule, SopsYaml
    from sopskit.workflows.change import Change


class _Emptied(NamedTuple):
    """A rule, or a key group of one, that nobody else is in.

    Attributes:
        rule: the rule.
        groups: indexes of the key groups; () where the whole rule is empty.
        files: how many files it claims.
        example: the path of one of them.
    """

    rule: Rule
    groups: tuple[int, ...]
    files: int
    example: str


def remove_host(inventory: Inventory, name: str, *, force: bool = False) -> Change:
    """Take a host away: keys, rules, and every file that has a stanza for it.

    A rule that nobody else is in goes too where it claims no file. Where it claims some, that is refused:
    another rule might claim them then, and give them to others.

    Args:
        inventory: the repository; every `.sops.yaml` in it that names one of the host's keys is edited.
        name: of a host in the primary one.
        force: let such rules and key groups go; `Change.destroyed` names them.

    Raises:
        UsageError: there is no such host, or files would be left to nobody.
        ConfigurationError: a key group goes, and the threshold asks for more than are left.
        UnsupportedShapeError: a `.sops.yaml` has a shape that cannot be edited safely.
    """
    host = existing_host(inventory.configs.primary.document, name)
    gone = dict.fromkeys(_in_every_form(inventory, recipients_of(host)))
    configs = inventory.configs
    notes: list[str] = []
    destroyed: list[str] = []
    for config in inventory.configs.all():
        emptied = list(_emptied(inventory, config, gone.keys()))
        notes += [
            f"{_place(config, each)} has no other key and claims no file: it goes too"
            for each in emptied
            if not each.files
        ]
        destroyed += _destroyed(config, emptied, force=force)
        is_primary = config.path == inventory.configs.primary.path
        names = {key.name for key in host.keys} if is_primary else set()
        document = _without(config.document, names, gone.keys(), emptied)
        notes += _leftovers(inventory, config, document, gone.keys())
        configs = configs.with_document(config.path, document)
    change = change_of(inventory, configs, notes, gone)
    notes += losing_consumers(consumers_of(inventory), name, frozenset(change.seen))
    return change._replace(notes=tuple(notes), destroyed=tuple(destroyed))


def _in_every_form(inventory: Inventory, recipients: Collection[Recipient]) -> Iterator[Recipient]:
    """The keys, and those of rules and files that are one of them: a PGP key has a fingerprint and an id."""
    yield from recipients
    rules = (rule for config in inventory.configs.all() for rule in config.document.rules)
    known = {member.recipient for rule in rules for member in rule.members} | inventory.readers().keys()
    for other in sorted(known.difference(recipients), key=lambda each: each.text):
        if any(is_same_key(other, each) for each in recipients):
            yield other


def _destroyed(config: Config, emptied: list[_Emptied], *, force: bool) -> Iterator[str]:
    """What goes with rules that claim files.

    Raises:
        UsageError: there is such a rule, and `force` is not given.
    """
    for each in emptied:
        if not each.files:
            continue
        what = f"{_place(config, each)} would be left without a key, and {_files(each)} to nobody"
        if not force:
            raise UsageError(
                what,
                hint="give it another key first (sopskit add-host NAME --rule); or --force, and a typed "
                "confirmation",
                path=config.path,
                line=each.rule.line,
            )
        yield what


def _emptied(inventory: Inventory, config: Config, gone: Collection[Recipient]) -> Iterator[_Emptied]:
    claimed: dict[int, list[str]] = {}
    for path, rule in inventory.claimed(config):
        claimed.setdefault(rule.number, []).append(path)
    for rule in config.document.rules:
        if rule.error is not None:
            continue
        empty = tuple(
            index
            for index, group in enumerate(rule.groups)
            if group and all(member.recipient in gone for member in group)
        )
        if empty:
            paths = claimed.get(rule.number, [])
            groups = empty if len(empty) < len(rule.groups) else ()
            yield _Emptied(rule, groups, len(paths), paths[0] if paths else "")


def _without(
    document: SopsYaml, names: Collection[str], gone: Collection[Recipient], emptied: list[_Emptied]
) -> SopsYaml:
    """The text without the keys of these names, and without those that go, whatever their name.

    What comes last is taken out first, so that the numbers of rules and groups stay right.
    """
    result = document
    for each in reversed(emptied):
        number = each.rule.number
        for group in reversed(each.groups):
            result = rule_removal.remove_group(result, number, group)
        if each.groups:
            target_of(result.rules[number - 1])  # refuses a threshold that cannot be met any more
        else:
            result = rule_removal.remove_rule(result, number)
    for recipient in gone:
        result = editing.remove_from_rules(result, None, recipient)
    for key in document.keys:
        if key.name in names or key.recipient in gone:
            result = editing.remove_key(editing.remove_from_rules(result, None, key.name), key.name)
    return result


def _leftovers(
    inventory: Inventory, config: Config, document: SopsYaml, gone: Collection[Recipient]
) -> Iterator[str]:
    """Rules that others stay in, and that may have been made for the host."""
    claimed = {rule.number for _, rule in inventory.claimed(config)}
    patterns = {rule.path_regex for rule in document.rules}
    for rule in config.document.rules:
        had = any(member.recipient in gone for member in rule.members)
        if had and rule.number not in claimed and rule.path_regex in patterns:
            pattern = rule.path_regex or "every other file"
            yield f"rule {rule.number} of {config.path} ({pattern}) claims no file; its other keys stay"


def _place(config: Config, emptied: _Emptied) -> str:
    groups = ", ".join(str(index + 1) for index in emptied.groups)
    rule = f"rule {emptied.rule.number} of {config.path}"
    return f"key group {groups} of {rule}" if groups else rule


def _files(emptied: _Emptied) -> str:
    rest = f" and {emptied.files - 1} more" if emptied.files > 1 else ""
    return f"{emptied.example}{rest}"
