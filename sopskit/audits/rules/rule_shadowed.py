"""A rule that an earlier one leaves no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sopskit.audits.interface import Audit
from sopskit.audits.rules import places
from sopskit.audits.rules.catch_all_first import is_catch_all
from sopskit.audits.wording import some
from sopskit.findings import Confidence, Severity
from sopskit.output.text import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sopskit.audits.subject import Subject
    from sopskit.findings import Finding
    from sopskit.inventory.configs import Config
    from sopskit.keys.recipients import Recipient
    from sopskit.sops_yaml.model import Rule


_NAMED = 10


def detect(subject: Subject) -> Iterator[Finding]:
    """Find rules all of whose files one earlier rule claims.

    A rule whose files several narrower ones share among them is a fallback, and meant so.
    """
    for config in subject.configs():
        earlier: list[Rule] = []
        for rule in config.document.rules:
            if is_catch_all(rule):
                break  # what stands behind it is another finding
            if earlier and not subject.claims.by_rule(config, rule):
                yield from _finding(subject, config, rule, earlier)
            earlier.append(rule)


def _finding(subject: Subject, config: Config, rule: Rule, earlier: list[Rule]) -> Iterator[Finding]:
    matched = subject.claims.matching(config, rule)
    if not matched:
        return
    for other in earlier:
        if subject.claims.refused(other) or not all(other.claims(config.relative(path)) for path in matched):
            continue
        theirs = subject.claims.matching(config, other)
        more = _more_readers(other, rule)
        certain = bool(more) or len(theirs) > len(matched) or other.path_regex == rule.path_regex
        before = f"rule {other.number} stands before it and matches {some(matched, most=_NAMED)}"
        gives = f", which gives them to {_named(subject, more)} as well" if more else ""
        message = f"rule {rule.number} gets no file: {before}{gives}"
        yield AUDIT.finding(
            places.of_value(config, rule, "path_regex"),
            message,
            rule.path_regex,
            hint=None if certain else "it may be meant for files to come; if not, remove it",
            severity=None if certain else Severity.INFO,
            confidence=None if certain else Confidence.LOW,
        )
        return


def _more_readers(earlier: Rule, rule: Rule) -> list[Recipient]:
    """Who reads a file by an earlier rule, and would not by the other."""
    ours = {member.recipient for group in rule.groups for member in group}
    theirs = dict.fromkeys(member.recipient for group in earlier.groups for member in group)
    return [each for each in theirs if each not in ours]


def _named(subject: Subject, recipients: list[Recipient]) -> str:
    return some(list(dict.fromkeys(subject.names.get(each) or short(each) for each in recipients)), "hosts")


AUDIT = Audit(
    id="rule-shadowed",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    title="an earlier rule claims all files of a rule",
    hint="sops takes the first rule that matches: move the narrower one before the other",
    detect=detect,
)
