"""The plan: what would have to change so that every file's stanzas say what its rule says.

Computed from `.sops.yaml` and the files' metadata alone, without any private key.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sopskit.errors import ConfigurationError
from sopskit.sops.metadata import Selector, effective_threshold
from sopskit.sops.selectors import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sopskit.errors import SopskitError
    from sopskit.inventory.configs import Config
    from sopskit.inventory.secret_files import Encryption, SecretFile
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule


class State(StrEnum):
    """The state of one secret file, as scripts read it."""

    IN_SYNC = "in-sync"
    DRIFT = "drift"
    PLAINTEXT = "plaintext"  # claimed by a rule, not encrypted
    ORPHAN = "orphan"  # encrypted, no rule claims it
    BROKEN = "broken"
    EMPTY = "empty"


class GroupChange(NamedTuple):
    """What changes in one key group.

    Attributes:
        group: its number, from 1.
        add: recipients the rule has and the file has not.
        remove: recipients the file has and the rule has not.
        respell: recipients of both, whose text in the file is not the rule's; `sops updatekeys`
            compares texts, so that it would call the file out of date.
    """

    group: int
    add: tuple[Recipient, ...] = ()
    remove: tuple[Recipient, ...] = ()
    respell: tuple[Recipient, ...] = ()


class SettingChange(NamedTuple):
    """A difference in what is encrypted, which only a rotation ends (getsops/sops#1788).

    Attributes:
        name: of the selector, or `mac_only_encrypted`.
        file: what the file has; None where it has no such selector.
        rule: what the rule has; None as above.
    """

    name: str
    file: str | None
    rule: str | None


class Target(NamedTuple):
    """What a file is to be: its rule's recipients, threshold (0 for one group) and selector."""

    groups: tuple[tuple[Recipient, ...], ...]
    threshold: int
    selector: Selector | None = None
    mac_only_encrypted: bool = False


class Difference(NamedTuple):
    """What leads from a file to its target; see `FilePlan`."""

    changes: tuple[GroupChange, ...] = ()
    resplit: bool = False
    settings: tuple[SettingChange, ...] = ()
    rotate: bool = False


class FilePlan(NamedTuple):
    """One secret file, what its rule wants, and the difference.

    Attributes:
        file: the file as it was read.
        state: see `State`.
        rule: the rule that claims it, or None.
        config: the `.sops.yaml` that governs it, or None.
        target: what the rule wants; None where no rule claims the file or it is not encrypted.
        changes: the groups that differ.
        resplit: the number of groups or the threshold differs, so every stanza is made anew.
        settings: what differs in which values are encrypted.
        rotate: the file is to get a new data key, and every value to be encrypted again.
        problem: why the file is broken.
    """

    file: SecretFile
    state: State
    rule: Rule | None = None
    config: Config | None = None
    target: Target | None = None
    changes: tuple[GroupChange, ...] = ()
    resplit: bool = False
    settings: tuple[SettingChange, ...] = ()
    rotate: bool = False
    problem: SopskitError | None = None

    @property
    def path(self) -> str:
        """Relative to the repository, with `/`."""
        return self.file.path

    @property
    def lost(self) -> set[Recipient]:
        """Recipients that can open the file, or a group's share of it, and no longer would.

        Losing a stanza revokes nothing by itself: the recipient has seen the data key. So a file
        that loses one is to be rotated, not only re-wrapped.
        """
        return _lost(self.changes)


class Plan(NamedTuple):
    """The plan of a whole repository, one entry for each secret file, sorted by path."""

    files: tuple[FilePlan, ...]

    def with_state(self, *states: State) -> list[FilePlan]:
        """The files in any of these states."""
        return [each for each in self.files if each.state in states]

    @property
    def drift(self) -> list[FilePlan]:
        """The files that differ from their rule."""
        return self.with_state(State.DRIFT)

    def summary(self) -> dict[str, int]:
        """Number of files in each state, every state named."""
        counts = dict.fromkeys((str(state) for state in State), 0)
        for each in self.files:
            counts[str(each.state)] += 1
        return counts


def target_of(rule: Rule) -> Target:
    """What a rule wants: its groups as recipients, and the threshold in force.

    Raises:
        ConfigurationError: sops cannot split a data key so (sops/shamir/shamir.go, Split).
    """
    groups = tuple(tuple(member.recipient for member in group) for group in rule.groups)
    threshold = effective_threshold(len(groups), rule.shamir_threshold)
    if threshold and not 2 <= threshold <= len(groups):
        raise ConfigurationError(
            f"rule {rule.number} has {len(groups)} key groups and a shamir_threshold of {threshold}",
            hint=f"it can be 2 to {len(groups)}; for one group, mind the dashes below key_groups",
            path=rule.path,
            line=rule.line,
        )
    selector = Selector(*rule.selector) if rule.selector else None
    return Target(groups, threshold, selector, rule.mac_only_encrypted)


def compare(encryption: Encryption, target: Target) -> Difference:
    """What leads from a file's groups and settings to the target.

    Groups are compared by position, as `sops updatekeys` does; the order inside a group is no drift. Who
    loses a stanza, or now needs others to open the file, has seen the data key: such a file is rotated.
    """
    # Recipients are equal whatever their spelling, which counts here.
    return _compare(encryption, target, _spelling(encryption.groups), _spelling(target.groups))


def _spelling(groups: tuple[tuple[Recipient, ...], ...]) -> tuple[str, ...]:
    return tuple(recipient.text for group in groups for recipient in group)


@lru_cache(maxsize=4096)  # most files of a rule have the same recipients
def _compare(
    encryption: Encryption, target: Target, _ours: tuple[str, ...], _theirs: tuple[str, ...]
) -> Difference:
    resplit = (len(encryption.groups), encryption.threshold) != (len(target.groups), target.threshold)
    changes = []
    for number in range(max(len(encryption.groups), len(target.groups))):
        ours = encryption.groups[number] if number < len(encryption.groups) else ()
        theirs = target.groups[number] if number < len(target.groups) else ()
        change = GroupChange(number + 1, *_compare_group(ours, theirs))
        if change.add or change.remove or change.respell:
            changes.append(change)
    settings = tuple(_compare_settings(encryption, target))
    needs_more = (target.threshold or 1) > (encryption.threshold or 1)
    return Difference(tuple(changes), resplit, settings, bool(_lost(changes) or needs_more or settings))


def _lost(changes: Iterable[GroupChange]) -> set[Recipient]:
    return {recipient for change in changes for recipient in change.remove}


def _compare_settings(encryption: Encryption, target: Target) -> Iterator[SettingChange]:
    """Differences of selector and MAC; no selector is the default one (sops.go, DefaultUnencryptedSuffix)."""
    ours, theirs = encryption.selector or DEFAULT, target.selector or DEFAULT
    if ours.name == theirs.name:
        if ours.value != theirs.value:
            yield SettingChange(ours.name, ours.value, theirs.value)
    else:
        yield SettingChange(ours.name, ours.value, None)
        yield SettingChange(theirs.name, None, theirs.value)
    if encryption.mac_only_encrypted != target.mac_only_encrypted:
        values = [str(each.mac_only_encrypted).lower() for each in (encryption, target)]
        yield SettingChange("mac_only_encrypted", *values)


def _compare_group(
    ours: Sequence[Recipient], theirs: Sequence[Recipient]
) -> tuple[tuple[Recipient, ...], tuple[Recipient, ...], tuple[Recipient, ...]]:
    spelling = {recipient: recipient.text for recipient in ours}
    wanted = set(theirs)
    add = tuple(recipient for recipient in theirs if recipient not in spelling)
    remove = tuple(recipient for recipient in ours if recipient not in wanted)
    respell = tuple(r for r in theirs if r in spelling and spelling[r] != r.text)
    return add, remove, respell


def changed_recipients(plan: FilePlan) -> Iterator[tuple[str, Recipient]]:
    """Each change of a file as ("+", "-" or "~", recipient), in the order of its groups."""
    for change in plan.changes:
        yield from (("+", recipient) for recipient in change.add)
        yield from (("-", recipient) for recipient in change.remove)
        yield from (("~", recipient) for recipient in change.respell)
