"""Several key groups without a threshold: most often a dash too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit, Scope
from sopskit.audits.rules import places
from sopskit.findings import Confidence, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.sops_yaml.model import Member, Rule


def detect(subject: Subject) -> Iterator[Finding]:
    """Find rules whose groups have keys of one kind each, and that name no threshold."""
    for config in subject.configs():
        for rule in config.document.rules:
            if len(rule.groups) > 1 and not rule.shamir_threshold and all(map(_of_one_kind, rule.groups)):
                place = places.of_field(config, rule, "key_groups")
                yield AUDIT.finding(place, _message(rule), rule.path_regex)


def _of_one_kind(group: Sequence[Member]) -> bool:
    return len({member.recipient.stanza_kind for member in group}) == 1


def _message(rule: Rule) -> str:
    kinds = [str(group[0].recipient.stanza_kind) for group in rule.groups]
    needed = (
        " and ".join(f"one of the {kind} keys" for kind in kinds) if len(set(kinds)) == len(kinds) else ""
    )
    count = len(kinds)
    needs = needed if needed and count == 2 else f"a key of each of the {count} groups"
    return f"rule {rule.number} has {count} key groups, so that it takes {needs} to open a file"


AUDIT = Audit(
    id="accidental-key-groups",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    title="a rule has several key groups, and no threshold that says it is meant",
    hint="each dash below key_groups begins a group: take out the one before age: or pgp:, and any one key is"
    " enough. If all groups are to be needed, say so with shamir_threshold",
    detect=detect,
    scope=Scope.FILE,
)
